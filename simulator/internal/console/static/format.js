// Numbers and times in the user's language.
import { language, texts } from './texts.js';

// Right-to-left scripts, and characters that change the direction of text.
const directed = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff]/;

/** Returns the text with directional isolation, like <bdi>, if it could affect the text around it. */
export const isolated = (text) => (directed.test(text) ? `\u2068${text}\u2069` : text);

/** Returns the text of a key with its {names} replaced by values. */
export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) throw new Error(`texts.json has no ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? isolated(String(values[name])) : whole));
}

const locale = language === 'zh' ? 'zh-CN' : 'en';
const currencies = new Map();

/** Formats an amount of the API without losing decimals. */
export function money({ amount, currency }) {
  let format = currencies.get(currency);
  if (!format) {
    try {
      format = new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'code' });
    } catch {
      format = { format: (text) => `${currency} ${text}` };
    }
    currencies.set(currency, format);
  }
  return format.format(amount);
}

const percentage = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
export const percent = (ratio) => percentage.format(ratio);

const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
export const number = (n) => integer.format(n);

/** Formats a duration with at most two units: 2 d 3 h, 4 min 10 s. */
export function duration(seconds) {
  let rest = Math.max(0, Math.round(seconds));
  if (rest >= 3600) rest = Math.round(rest / 60) * 60;
  const parts = [];
  for (const [unit, size] of [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]]) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(t(`unit.${unit}`, { n }));
    if (parts.length === 2) break;
  }
  return parts.join(' ') || t('unit.second', { n: 0 });
}

/** Formats a time of the API to the second. It states UTC because virtual time is independent of the user's clock. */
export const time = (iso) => (iso ? `${iso.slice(0, 19).replace('T', ' ')} UTC` : '');

/** Returns the seconds between two times of the API. */
export const between = (from, to) => (Date.parse(to) - Date.parse(from)) / 1000;

/** Returns the name of a status, phase, health and so on. An unknown value is returned unchanged. */
export function word(kind, value) {
  return texts[`${kind}.${value}`] ?? value;
}

/** Formats an environment's uptime in words: 5 days 3 hours for the API's 5d3h. */
export function uptime(text) {
  const [, days = 0, hours] = /^(?:(\d+)d)?(\d+)h$/.exec(text) ?? [];
  if (hours === undefined) return text;
  const parts = [['day', Number(days)], ['hour', Number(hours)]].filter(([, n]) => n > 0);
  return parts.map(([unit, n]) => t(`uptime.${unit}`, { n })).join('').trim() || t('uptime.short');
}
