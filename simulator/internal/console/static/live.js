// Keeps a page up to date by server-sent events of the API. EventSource can't send a token, so this uses fetch.
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
 * Loads a page and keeps it up to date. handlers.load() loads everything, at first and whenever events may have been missed; task,
 * environment, zone, node and template are called with the data of such events. handlers.only, a query, filters the stream. When a
 * stream ends or is silent for too long, the page says so, reconnects and loads again.
 */
export function live(handlers) {
  let lastID;
  let current; // aborts the connection
  let pause = fastest;
  let begun = false;  // whether load was ever called
  let loaded = false; // whether load was called since the connection was last lost

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

  /** Connects and reads the stream until it ends. */
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
      // Load after the stream has started, so that no change is missed.
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
      // The reason doesn't matter: the page reconnects in any case.
    }
    if (signal.aborted) return;
    loaded = false;
    if (!begun) load(); // load what is possible without a stream
    sayOrHide(byId('connection'), t('connection.lost'));
    setTimeout(() => { if (!signal.aborted) connect().catch(tellError); }, pause);
    pause = Math.min(2 * pause, slowest);
  }

  // A hidden page closes its connection, because a browser allows only six per server.
  document.addEventListener('visibilitychange', () => {
    current?.abort();
    if (!document.hidden) connect().catch(tellError);
  });
  connect().catch(tellError);
}

/** Reads a stream of server-sent events until it ends. Calls alive() whenever data arrives. */
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

/** Calls f at regular intervals while the page is visible. */
export function tick(milliseconds, f) {
  setInterval(() => { if (!document.hidden) f(); }, milliseconds);
}
