// The cluster's current time, and times relative to it.
import { APIError, get } from './api.js';
import { say } from './dom.js';
import { t, time } from './format.js';
import { language } from './texts.js';

let virtual = true; // whether the cluster has its own clock, as a simulator does

/** Returns the cluster's time in milliseconds. A cluster that is not simulated uses real time. */
export async function now() {
  if (!virtual) return Date.now();
  try {
    return Date.parse((await get('/sim/v1/clock')).data.now);
  } catch (error) {
    if (!(error instanceof APIError) || (error.status !== 404 && error.status !== 403)) throw error;
    virtual = false;
    return Date.now();
  }
}

const relative = new Intl.RelativeTimeFormat(language === 'zh' ? 'zh-CN' : 'en', { numeric: 'always' });

/** Formats a time relative to now: "3 minutes ago", "in 2 hours". Up to two days it is in hours, to be precise enough. */
export function ago(iso, present) {
  const seconds = Math.round((Date.parse(iso) - present) / 1000);
  for (const [unit, size, from] of [['day', 86400, 2 * 86400], ['hour', 3600, 2 * 3600], ['minute', 60, 120]]) {
    if (Math.abs(seconds) >= from) return relative.format(Math.trunc(seconds / size), unit);
  }
  return seconds === 0 ? t('now') : relative.format(seconds, 'second');
}

/** Formats a time with its distance from now. */
export const timeAndAgo = (iso, present) => (iso ? t('time.both', { time: time(iso), ago: ago(iso, present) }) : '');

/** Shows a time in a time element: relative to now, with UTC under the pointer. */
export function showTime(element, iso, present) {
  say(element, iso ? ago(iso, present) : '');
  element.title = time(iso);
  if (iso) element.dateTime = iso;
}
