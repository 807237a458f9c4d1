// The list of running development environments, to choose one from.
import { get } from './api.js';
import { byId, h, keyed, say } from './dom.js';
import { number, percent, t, word } from './format.js';
import { pager } from './pager.js';
import { oneAtATime } from './schedule.js';
import { guarded } from './shell.js';

const path = '/api/v1/dev-environments';
const pageSize = 50;

/**
 * Calls changed() when another environment is chosen, counted(n) with the number that run, and lost(environment) when
 * the chosen one does not run any more.
 */
export function environments({ changed, counted, zoneName, lost }) {
  let chosen; // the environment, which may lie on another page of the list
  let cleared = false;
  let page = 1;
  let shown = [];
  const list = byId('environment-list');

  function choose(environment) {
    const same = chosen?.id === environment?.id;
    chosen = environment;
    for (const radio of list.querySelectorAll('input')) radio.checked = radio.value === environment?.id;
    if (!same) changed();
  }

  function query() {
    const [sort, order] = byId('environment-sort').value.split(' ');
    const all = {
      status: 'running', type: byId('filter-type').value, gpuType: byId('filter-gpu').value, availabilityZone: byId('filter-zone').value,
      health: byId('filter-health').value, sort, order, page, pageSize,
    };
    return new URLSearchParams(Object.entries(all).filter(([, value]) => value));
  }

  // What was chosen may have stopped: then, as at first, the first running one is chosen (source §4).
  async function follow(first) {
    if (!chosen) {
      if (!cleared) choose(first);
      return;
    }
    const now = shown.find(({ id }) => id === chosen.id) ?? (await get(`${path}/${encodeURIComponent(chosen.id)}`)).data;
    if (now.status === 'running') {
      chosen = now;
    } else {
      lost(chosen);
      choose(first);
    }
  }

  function make({ id }) {
    const radio = h('input', { type: 'radio', name: 'environment', value: id });
    return h('label', { class: 'option environment' }, radio,
      h('span', { class: 'title' }, h('strong', { class: 'name' }), h('span', { class: 'badges' })),
      h('span', { class: 'quiet about' }), h('code', { class: 'image' }), h('span', { class: 'tags' }), h('span', { class: 'quiet load' }));
  }

  function fill(row, e) {
    const part = (name) => row.querySelector(`.${name}`);
    say(part('name'), e.name);
    keyed(part('badges'), [
      ['type', word('type', e.type), ''],
      ['status', word('environment', e.status), e.status === 'running' ? 'good' : ''],
      ['health', word('health', e.health), { healthy: 'good', degraded: 'warn', unhealthy: 'bad' }[e.health] ?? ''],
    ], ([key]) => key, () => h('span'), (badge, [, text, kind]) => { badge.className = `badge ${kind}`; say(badge, text); });
    say(part('about'), [zoneName(e.availabilityZone), `${e.gpuCount} × ${e.gpuType}`, t('cores', { n: number(e.cpuCores) }),
      t('gigabytes', { n: number(e.memory) }), e.uptime && t('uptime', { uptime: e.uptime })].filter(Boolean).join(' · '));
    say(part('image'), e.image);
    keyed(part('tags'), [...new Set(e.tags ?? [])], (tag) => tag, () => h('span', { class: 'tag' }), say);
    say(part('load'), [t('load', { gpu: percent(e.utilization.gpu), n: e.activeTasks }), ...(e.healthReasons ?? [])].join(' · '));
    row.querySelector('input').checked = chosen?.id === e.id;
  }

  const refresh = oneAtATime(async () => {
    const [everything, first] = await Promise.all([get(`${path}?status=running&pageSize=1`), get(`${path}?${query()}`)]);
    let answer = first;
    if (answer.data.length === 0 && page > 1) {
      page = 1;
      answer = await get(`${path}?${query()}`);
    }
    shown = answer.data;
    counted(everything.page.total);
    await follow(everything.data[0]);
    keyed(list, shown, ({ id }) => id, make, fill);
    byId('environment-nomatch').hidden = shown.length > 0 || everything.page.total === 0;
    pager(byId('environment-pager'), answer.page, (n) => { page = n; return refresh(); });
  });

  list.addEventListener('change', ({ target }) => {
    cleared = false;
    choose(shown.find(({ id }) => id === target.value));
  });
  byId('environment-clear').addEventListener('click', () => {
    cleared = true;
    choose(undefined);
  });
  for (const id of ['filter-type', 'filter-gpu', 'filter-zone', 'filter-health', 'environment-sort']) {
    byId(id).addEventListener('change', guarded(() => { page = 1; return refresh(); }));
  }

  return {
    refresh,
    chosen: () => chosen,
    /** Chooses by id; an environment that doesn't run is not chosen. */
    async chooseID(id) {
      const { data } = await get(`${path}/${encodeURIComponent(id)}`);
      if (data.status !== 'running') return lost(data);
      cleared = false;
      choose(data);
    },
  };
}
