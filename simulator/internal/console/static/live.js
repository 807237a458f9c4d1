// Keeps a page up to date by the API's server-sent events. EventSource can't send a token, so the stream is fetched.
import { request } from './api.js';
import { byId, sayOrHide } from './dom.js';
import { t } from './format.js';
import { tellError } from './shell.js';
import { ready } from './token.js';

const kinds = ['task', 'environment', 'zone', 'node', 'template'];
const fastest = 500;
const slowest = 10_000;
const silence = 45_000; // three of the API's heartbeats

/**
 * Loads a page and keeps it up to date. handlers.load() loads everything, at first and whenever events may be lost; task,
 * environment, zone, node and template get what events of their kind tell. handlers.only, a query, narrows the stream further.
 * A stream that ends or is silent for too long is lost: the page says so, connects again and loads again.
 */
export function live(handlers) {
  let lastID;
  let current; // aborts the connection
  let pause = fastest;
  let begun = false;  // whether load was called at all
  let loaded = false; // whether load was called since the last loss

  const query = new URLSearchParams(kinds.filter((kind) => handlers[kind]).map((kind) => ['type', kind]));
  for (const [name, value] of Object.entries(handlers.only ?? {})) query.set(name, value);

  function load() {
    begun = true;
    handlers.load();
  }

  function dispatch({ id, event, data }) {
    if (id) lastID = id;
    if (event === 'reset') return load();
    return handlers[event]?.(JSON.parse(data));
  }

  /** Connects and reads the stream to its end. */
  async function follow(signal) {
    await ready();
    const stream = new AbortController();
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => stream.abort(), silence);
    };
    alive();
    try {
      const headers = { Accept: 'text/event-stream' };
      if (lastID) headers['Last-Event-ID'] = lastID;
      const response = await request('GET', `/api/v1/events?${query}`, { headers, signal: AbortSignal.any([signal, stream.signal]) });
      if (!response.ok) throw new Error((await response.json()).message);
      sayOrHide(byId('connection'));
      pause = fastest;
      // Loading begins when the stream does, so that no change falls in between.
      if (!loaded) load();
      loaded = true;
      await read(response, dispatch, alive);
    } finally {
      clearTimeout(timer);
    }
  }

  async function connect() {
    const { signal } = current = new AbortController();
    try {
      await follow(signal);
    } catch {
      // The reason why a stream ended is not needed: the page connects again whatever it was.
    }
    if (signal.aborted) return;
    loaded = false;
    if (!begun) load(); // what can be read is read, stream or not
    sayOrHide(byId('connection'), t('connection.lost'));
    setTimeout(() => { if (!signal.aborted) connect().catch(tellError); }, pause);
    pause = Math.min(2 * pause, slowest);
  }

  // A page that is not seen leaves its connection to those that are: a browser has six of them for one server.
  document.addEventListener('visibilitychange', () => {
    current?.abort();
    if (!document.hidden) connect().catch(tellError);
  });
  connect().catch(tellError);
}

/** Reads a stream of server-sent events to its end; calls alive() whenever anything comes. */
async function read(response, dispatch, alive) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let event = { data: [] };
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
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
