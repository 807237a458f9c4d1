// Calls of the API.
import { t } from './format.js';
import { language } from './texts.js';
import { askForToken, ready, token } from './token.js';

/** A call that did not succeed. status is 0 where no answer came; message is for people, in their language. */
export class APIError extends Error {
  constructor(status, message, { reason, field, details } = {}) {
    super(message);
    Object.assign(this, { status, reason, field, details });
  }
}

export const tasksPath = '/api/v1/training-tasks';
export const taskPath = (id) => `${tasksPath}/${encodeURIComponent(id)}`;

/** Sends a request, with a token where one is known or asked for, and returns the answer whatever its status. */
export async function request(method, path, { body, headers, signal } = {}) {
  await ready();
  for (;;) {
    const used = token();
    const all = { 'Accept-Language': language, ...headers };
    if (used !== undefined) all.Authorization = `Bearer ${used}`;
    if (body !== undefined) all['Content-Type'] = 'application/json';
    let response;
    try {
      response = await fetch(path, {
        method, signal, cache: 'no-store', credentials: 'omit', headers: all, body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new APIError(0, t('error.unreachable'));
    }
    if (response.status !== 401) return response;
    await askForToken(used);
  }
}

/** Calls the API and returns the envelope: data, message, page. Throws an APIError where it fails. */
export async function call(method, path, options) {
  const response = await request(method, path, options);
  let answer;
  try {
    answer = await response.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new APIError(response.status, t('error.answer', { status: response.status, path }));
  }
  if (!response.ok) throw new APIError(response.status, answer.message ?? t('error.answer', { status: response.status, path }), answer.error);
  return answer;
}

export const get = (path, options) => call('GET', path, options);

/** All elements of a list in the order of creation, at most limit of them. None is missed, whatever changes meanwhile. */
export async function all(path, limit = 10_000) {
  const found = [];
  for (let cursor = ''; ;) {
    const { data, page } = await get(`${path}${path.includes('?') ? '&' : '?'}pageSize=500&cursor=${cursor}`);
    found.push(...data);
    if (page.nextCursor === undefined || found.length >= limit) return found;
    cursor = page.nextCursor;
  }
}
