// Durations as people type them: 12h, 90m, 1d12h.

const units = [['d', 86400], ['h', 3600], ['m', 60], ['s', 1]];
const part = (unit) => `(?:([\\d.]+)\\s*${unit})?`;
const pattern = new RegExp(`^${units.map(([unit]) => part(unit)).join('\\s*')}$`, 'i');

/** Returns a duration in whole seconds, or NaN if the text is none. */
export function parseDuration(text) {
  const counts = pattern.exec(text)?.slice(1) ?? [NaN];
  const seconds = counts.reduce((sum, count, i) => sum + Number(count ?? 0) * units[i][1], 0);
  const whole = Math.round(seconds);
  return Math.abs(seconds - whole) < 1e-6 ? whole : NaN; // 0.1 of a unit is not exact
}

/** Returns a number of seconds in hours, minutes and seconds, as Go and Terraform read them. */
export function formatDuration(seconds) {
  const parts = [[Math.floor(seconds / 3600), 'h'], [Math.floor(seconds / 60) % 60, 'm'], [seconds % 60, 's']];
  return parts.filter(([n]) => n > 0).map(([n, unit]) => n + unit).join('') || '0s';
}
