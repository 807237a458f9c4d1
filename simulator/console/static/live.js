// Keeps a page up to date by the API's server-sent events. EventSource can't send a token, so the stream is fetched.
import { request } from './api.js';
import { byId, sayOrHide } from './dom.js';
import { t } from './format.js';
import { reachable, tellError } from './shell.js';

const kinds = ['task', 'environment', 'zone', 'node', 'template'];
const slowest = 10_000;

/**
 * Loads a page and keeps it up to date. handlers.load() loads everything, at first and whenever events were lost; task,
 * environment, zone, node and template get what events of their kind tell. handlers.only, a query, narrows the stream further.
 */
export function live(handlers) {
  let lastID;
  let connection; // aborts the stream
  let pause = 500;

  const query = new URLSearchParams(kinds.filter((kind) => handlers[kind]).map((kind) => ['type', kind]));
  for (const [name, value] of Object.entries(handlers.only ?? {})) query.set(name, value);

  function dispatch({ id, event, data }) {
    if (id) lastID = id;
    if (event === 'reset') return handlers.load();
    return handlers[event]?.(JSON.parse(data));
  }

  async function connect() {
    const { signal } = connection = new AbortController();
    const headers = { Accept: 'text/event-stream' };
    if (lastID) headers['Last-Event-ID'] = lastID;
    try {
      const response = await request('GET', `/api/v1/events?${query}`, { headers, signal });
      if (!response.ok) throw new Error((await response.json()).message);
      sayOrHide(byId('connection'));
      reachable();
      pause = 500;
      // Loading begins when the stream does, so that no change falls in between.
      if (!lastID) handlers.load();
      await read(response, dispatch);
    } catch (error) {
      if (signal.aborted) return;
      if (!lastID) handlers.load();
    }
    if (signal.aborted) return;
    sayOrHide(byId('connection'), t('connection.lost'));
    setTimeout(() => { if (!signal.aborted) connect(); }, pause);
    pause = Math.min(2 * pause, slowest);
  }

  // A page that is not seen leaves its connection to those that are: a browser has six of them for one server.
  document.addEventListener('visibilitychange', () => {
    connection?.abort();
    if (!document.hidden) connect().catch(tellError);
  });
  connect().catch(tellError);
}

/** Reads a stream of server-sent events to its end. */
async function read(response, dispatch) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let event = { data: [] };
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const [, field, text] = /^([^:]*):? ?(.*?)\r?$/.exec(line);
      if (line.trim() === '') {
        if (event.event) dispatch({ ...event, data: event.data.join('\n') });
        event = { data: [] };
      } else if (field === 'data') {
        event.data.push(text);
      } else if (field !== '') {
        event[field] = text;
      }
    }
  }
}

/** Calls f again and again while the page is seen. */
export function tick(milliseconds, f) {
  setInterval(() => { if (!document.hidden) f(); }, milliseconds);
}
