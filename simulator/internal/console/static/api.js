// Calls of the API.
import { t } from './format.js';
import { patiently } from './retry.js';
import { language } from './texts.js';
import { askForToken, ready, sendable, token } from './token.js';

/**
 * A call that failed. status is 0 without a response; message is for users, in their language. If transient is set, repeating the
 * call may succeed, and retryAfter is the delay in milliseconds that the server asks for.
 */
export class APIError extends Error {
  constructor(status, message, { reason, field, details } = {}, retryAfter = undefined) {
    super(message);
    const transient = status === 0 || status === 408 || status === 429 || status >= 500;
    Object.assign(this, { status, reason, field, details, transient, retryAfter });
  }
}

export const tasksPath = '/api/v1/training-tasks';
export const taskPath = (id) => `${tasksPath}/${encodeURIComponent(id)}`;

/** Sends a request, with the token if there is one or the API requires one. Returns the response whatever its status. */
export async function request(method, path, { body, headers, signal } = {}) {
  await ready();
  for (;;) {
    const used = token();
    if (used !== undefined && !sendable(used)) {
      await askForToken(used);
      continue;
    }
    const all = { 'Accept-Language': language, ...headers };
    if (used !== undefined) all.Authorization = `Bearer ${used}`;
    if (body !== undefined) all['Content-Type'] ??= 'application/json';
    let response;
    try {
      response = await fetch(path, {
        method, signal, cache: 'no-store', credentials: 'omit', headers: all,
        body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new APIError(0, t('error.unreachable'));
    }
    if (response.status !== 401) return response;
    await askForToken(used);
  }
}

/** Calls once and returns the envelope. */
async function attempt(method, path, options) {
  const response = await request(method, path, options);
  const { status } = response;
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  const retryAfter = Number.isNaN(seconds) ? undefined : 1000 * seconds;
  let answer;
  try {
    answer = await response.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    // A truncated response counts as none. One that isn't JSON is not from the API.
    if (!(error instanceof SyntaxError)) throw new APIError(0, t('error.unreachable'));
    throw new APIError(status, t('error.answer', { status, path }), {}, retryAfter);
  }
  if (!response.ok) throw new APIError(status, answer.message ?? t('error.answer', { status, path }), answer.error, retryAfter);
  return answer;
}

/**
 * Calls the API and returns the envelope: data, message, page. Throws an APIError if the call fails. GET calls, and others marked
 * patient, are repeated as long as the error is transient.
 */
export function call(method, path, { patient = method === 'GET', ...options } = {}) {
  const once = () => attempt(method, path, options);
  return patient ? patiently(once, options.signal) : once();
}

export const get = (path, options) => call('GET', path, options);

/** Returns the elements of a list in order of creation, at most limit. None is missed if the list changes meanwhile. */
export async function all(path, limit = 10_000) {
  const found = [];
  for (let cursor = ''; ;) {
    const { data, page } = await get(`${path}${path.includes('?') ? '&' : '?'}pageSize=500&cursor=${cursor}`);
    found.push(...data);
    if (page.nextCursor === undefined || found.length >= limit) return found;
    cursor = page.nextCursor;
  }
}
