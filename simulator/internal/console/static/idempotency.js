// Keys that make a creation safe to repeat.

let last = { body: '', key: '' };

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Returns the same key for the same request, so that repeating it after a lost response creates no second task. */
export function keyFor(request) {
  const body = JSON.stringify(request);
  if (last.body !== body) last = { body, key: uuid() };
  return last.key;
}

/** Makes the next request use a new key, because the last one was answered. */
export function forgetKey() {
  last = { body: '', key: '' };
}
