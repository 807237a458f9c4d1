// The list of running development environments, with one selected.
import { APIError, get } from './api.js';
import { byId, h, keyed, say } from './dom.js';
import { number, percent, t, uptime, word } from './format.js';
import { shortImage } from './images.js';
import { pager } from './pager.js';
import { debounce, oneAtATime } from './schedule.js';
import { guarded } from './shell.js';

const path = '/api/v1/dev-environments';
const pageSize = 50;
const filters = { type: 'filter-type', gpuType: 'filter-gpu', availabilityZone: 'filter-zone', health: 'filter-health' };

const pathOf = (id) => `${path}/${encodeURIComponent(id)}`;

/** A line of a card: a symbol, its meaning in words, and the value. */
const detail = (kind, sign) => h('span', { class: kind }, h('span', { class: 'sign', 'aria-hidden': 'true' }, sign), ' ',
  h('span', { class: 'unseen' }, t(`environment.${kind}`)), h('bdi', { class: 'value' }));

function make({ id }) {
  const radio = h('input', { type: 'radio', name: 'environment', value: id });
  return h('label', { class: 'option environment' }, radio, h('span', { class: 'dot', 'aria-hidden': 'true' }),
    h('span', { class: 'content' },
      h('strong', { class: 'name', dir: 'auto' }),
      h('span', { class: 'badges' }),
      h('span', { class: 'details' }, detail('zone', '📍'), detail('image', '💾'), detail('gpus', '🎮'), detail('uptime', '⏱️')),
      h('span', { class: 'tags' }),
      h('span', { class: 'quiet load' })));
}

function fill(row, e, zoneName) {
  const part = (selector) => row.querySelector(selector);
  const put = (kind, text) => say(part(`.${kind} .value`), text);
  say(part('.name'), e.name);
  keyed(part('.badges'), [
    ['type', word('type', e.type), ''],
    ['status', word('environment', e.status), e.status === 'running' ? 'good' : ''],
    ['health', word('health', e.health), { healthy: 'good', degraded: 'warn', unhealthy: 'bad' }[e.health] ?? ''],
  ], ([key]) => key, () => h('span'), (badge, [, text, kind]) => { badge.className = `badge ${kind}`; say(badge, text); });
  put('zone', zoneName(e.availabilityZone));
  put('image', shortImage(e.image));
  part('.image').title = e.image;
  put('gpus', t('gpus', { n: e.gpuCount, type: e.gpuType }));
  part('.uptime').hidden = !e.uptime;
  put('uptime', e.uptime ? uptime(e.uptime) : '');
  keyed(part('.tags'), [...new Set(e.tags ?? [])], (tag) => tag, () => h('bdi', { class: 'tag' }), say);
  say(part('.load'), [t('cores', { n: number(e.cpuCores) }), t('gigabytes', { n: number(e.memory) }),
    t('load', { gpu: percent(e.utilization.gpu), n: e.activeTasks }),
    ...(e.healthReasons ?? []).map((reason) => word('reason', reason))].join(' · '));
}

/**
 * Creates the list. Calls changed() when another environment is selected, counted(n) with the number of running ones, and
 * lost(name) when the selected one is no longer running.
 */
export function environments({ changed, counted, zoneName, lost }) {
  let chosen; // the selected environment, which may be on another page
  let cleared = false;
  let page = 1;
  let shown = [];
  let first; // the first running environment
  const names = new Map();
  const list = byId('environment-list');

  function choose(environment) {
    const same = chosen?.id === environment?.id;
    chosen = environment;
    for (const radio of list.querySelectorAll('input')) radio.checked = radio.value === environment?.id;
    if (!same) changed();
  }

  function query() {
    const [sort, order] = byId('environment-sort').value.split(' ');
    const chosenFilters = Object.entries(filters).map(([name, id]) => [name, byId(id).value]);
    const name = byId('filter-environment').value.trim();
    const all = { status: 'running', ...Object.fromEntries(chosenFilters), name, sort, order, page, pageSize };
    return new URLSearchParams(Object.entries(all).filter(([, value]) => value));
  }

  // If the selected environment has stopped, the first running one is selected (source §4).
  async function follow() {
    if (!chosen) {
      if (!cleared) choose(first);
      return;
    }
    const now = shown.find(({ id }) => id === chosen.id) ?? await find(chosen.id);
    if (now?.status === 'running') {
      chosen = now;
    } else {
      lost(chosen.name);
      choose(first);
    }
  }

  /** Returns an environment, or undefined if it doesn't exist. */
  async function find(id) {
    try {
      return (await get(pathOf(id))).data;
    } catch (error) {
      if (error instanceof APIError && error.status === 404) return undefined;
      throw error;
    }
  }

  const refresh = oneAtATime(async () => {
    const asked = query();
    const [everything, found] = await Promise.all([get(`${path}?status=running&pageSize=1`), get(`${path}?${asked}`)]);
    let answer = found;
    if (answer.data.length === 0 && page > 1) {
      page = 1;
      answer = await get(`${path}?${query()}`);
    }
    shown = answer.data;
    [first] = everything.data;
    for (const { id, name } of [...shown, ...everything.data]) names.set(id, name);
    await follow();
    keyed(list, shown, ({ id }) => id, make, (row, e) => {
      fill(row, e, zoneName);
      row.querySelector('input').checked = chosen?.id === e.id;
    });
    list.removeAttribute('aria-busy');
    counted(everything.page.total);
    byId('environment-nomatch').hidden = shown.length > 0 || everything.page.total === 0;
    pager(byId('environment-pager'), answer.page, (n) => { page = n; return refresh(); });
  });

  list.addEventListener('change', ({ target }) => {
    cleared = false;
    choose(shown.find(({ id }) => id === target.value));
  });
  const clear = () => {
    cleared = true;
    choose(undefined);
  };
  byId('environment-clear').addEventListener('click', clear);
  const afresh = guarded(() => { page = 1; return refresh(); });
  for (const id of [...Object.values(filters), 'environment-sort']) byId(id).addEventListener('change', afresh);
  byId('filter-environment').addEventListener('input', debounce(afresh, 250));

  return {
    refresh,
    clear,
    chosen: () => chosen,
    /** Selects the first running environment, the default. */
    reset() {
      cleared = false;
      choose(first);
    },
    /** Selects by id. If that environment is not running, selects the first running one. */
    async chooseID(id) {
      const found = await find(id);
      cleared = false;
      if (found?.status !== 'running') {
        lost(found?.name ?? id);
        choose(first);
        return;
      }
      choose(found);
    },
    /** Returns the name of an environment, or its id if it has none. */
    async nameOf(id) {
      if (!names.has(id)) names.set(id, (await find(id))?.name ?? id);
      return names.get(id);
    },
  };
}
