// The cluster's present time, and times as seen from it.
import { APIError, get } from './api.js';
import { say } from './dom.js';
import { t, time } from './format.js';
import { language } from './texts.js';

let virtual = true; // whether the cluster has a clock of its own, as a simulator has

/** The cluster's time in milliseconds. A cluster that is not simulated has everybody's. */
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

/** A time as seen from now: "3 minutes ago", "in 2 hours". Two days are 48 hours and more, so that no unit is coarse. */
export function ago(iso, present) {
  const seconds = Math.round((Date.parse(iso) - present) / 1000);
  for (const [unit, size, from] of [['day', 86400, 2 * 86400], ['hour', 3600, 2 * 3600], ['minute', 60, 120]]) {
    if (Math.abs(seconds) >= from) return relative.format(Math.trunc(seconds / size), unit);
  }
  return seconds === 0 ? t('now') : relative.format(seconds, 'second');
}

/** Both: the time itself, and how far it is from now. */
export const timeAndAgo = (iso, present) => (iso ? t('time.both', { time: time(iso), ago: ago(iso, present) }) : '');

/** Shows a time in a time element: as seen from now, with UTC under the pointer. */
export function showTime(element, iso, present) {
  say(element, iso ? ago(iso, present) : '');
  element.title = time(iso);
  if (iso) element.dateTime = iso;
}
