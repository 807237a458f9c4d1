// /cluster: nodes and GPUs, who waits for them and who had them, the clock, and controls for operators.
import { all, get } from './api.js';
import { clock } from './clock.js';
import { byId, h, keyed, say } from './dom.js';
import { faults } from './faults.js';
import { number, percent, t } from './format.js';
import { live, tick } from './live.js';
import { nodeCard } from './nodecard.js';
import { past } from './past.js';
import { legend, pool, statesOf } from './pool.js';
import { scenario } from './scenario.js';
import { debounce, oneAtATime } from './schedule.js';
import { guarded } from './shell.js';
import { switches } from './switches.js';
import { timeline } from './timeline.js';
import { view } from './view.js';

const pools = new Map();
const queueShown = 12;
let colours = legend();
let zones = [];
let environments = new Map(); // names by id
let state; // the last response
let recordedAt; // the end of the history that is shown

const names = { zone: (id) => zones.find((z) => z.id === id)?.name ?? id, environment: (id) => environments.get(id) ?? id };
const taskLink = (id) => h('a', { href: `/training-jobs/${encodeURIComponent(id)}` }, id);

const charts = past();
const what = view(guarded(async () => { redrawState(); await remember(); }));
const lanes = timeline((id) => choose(state.nodes.find((node) => node.id === id)));
const card = nodeCard(() => Promise.all([refresh(), remember()]), () => choose(undefined));

/** Selects a node; undefined selects none. */
function choose(node) {
  what.choose(node?.id ?? '');
  if (node) card.show(node, true);
  else card.clear();
  lanes.mark(what.now.node);
  for (const p of pools.values()) p.draw();
}

/** Shows the node under the pointer, unless a node is selected. */
function glance(node) {
  if (!what.now.node) card.show(node, false);
}

function count(nodes) {
  const counts = { free: 0, held: 0, background: 0, draining: 0, failed: 0 };
  for (const node of nodes) for (const s of node.states) counts[s]++;
  return counts;
}

function makePool(key) {
  const canvas = h('canvas', { tabindex: 0, role: 'img' });
  pools.set(key, pool(canvas, { glance, choose, chosen: () => what.now.node, colours: () => colours }));
  return h('div', { class: 'pool' }, h('p', {}), canvas);
}

function fillPool(element, { key, gpuType, nodes, counts }) {
  const total = Object.values(counts).reduce((a, b) => a + b, 0);
  const text = [`${gpuType} · ${t('pool.nodes', { n: number(nodes.length) })}`,
    ...Object.entries(counts).filter(([s, n]) => n > 0 || s === 'free')
    .map(([s, n]) => `${t(`gpu.${s}`)} ${number(n)}/${number(total)}`)].join(' · ');
  say(element.firstChild, text);
  element.lastChild.setAttribute('aria-label', text);
  return () => pools.get(key).update(nodes);
}

function fillQueue(box, { tasks, background }) {
  say(box.querySelector('h3'), t('queue.title', { n: tasks.length + background }));
  keyed(box.querySelector('ol'), tasks.slice(0, queueShown), (id) => id, (id) => h('li', {}, taskLink(id)));
  const more = [tasks.length > queueShown && t('queue.more', { n: tasks.length - queueShown }),
    background > 0 && t('queue.background', { n: background })];
  say(box.querySelector('p'), more.filter(Boolean).join(' · '));
}

/** Returns the visible pools by zone, in the scenario's order. */
function group() {
  const { zone, gpuType } = what.now;
  const found = new Map(state.queues.filter(({ availabilityZone }) => !zone || zone === availabilityZone)
    .map((queue) => [queue.availabilityZone, { queue, pools: new Map() }]));
  for (const node of state.nodes) {
    const group = found.get(node.availabilityZone);
    if (!group || (gpuType && node.gpuType !== gpuType)) continue;
    const key = `${node.availabilityZone} ${node.gpuType}`;
    if (!group.pools.has(key)) group.pools.set(key, { key, gpuType: node.gpuType, nodes: [] });
    group.pools.get(key).nodes.push(node);
  }
  for (const group of found.values()) for (const p of group.pools.values()) p.counts = count(p.nodes);
  return [...found];
}

function redrawState() {
  const waiting = [];
  const groups = group();
  keyed(byId('zones'), groups, ([id]) => id,
    ([id]) => h('section', { class: 'card zone', 'aria-label': id }, h('header', {}, h('h2'), h('span', { class: 'quiet use' })),
      h('div', { class: 'pools' }), h('div', { class: 'queue' }, h('h3'), h('ol'), h('p', { class: 'quiet' }))),
    (section, [id, zone]) => {
      const list = [...zone.pools.values()];
      say(section.querySelector('h2'), names.zone(id));
      say(section.querySelector('.use'), share(list));
      keyed(section.querySelector('.pools'), list, ({ key }) => key, ({ key }) => makePool(key),
        (element, p) => waiting.push(fillPool(element, p)));
      fillQueue(section.querySelector('.queue'), zone.queue);
    });
  // Canvases need a layout before they are drawn on.
  waiting.forEach((update) => update());
  say(byId('use-now'), share(groups.flatMap(([, zone]) => [...zone.pools.values()])));
  const shown = what.now.node || card.shown();
  const node = shown && state.nodes.find(({ id }) => id === shown);
  if (node) card.show(node, what.now.node !== '');
  else if (shown) choose(undefined);
}

/** Describes how many GPUs of some pools are held. */
function share(list) {
  const sum = (...states) => list.reduce((n, { counts }) => states.reduce((m, s) => m + counts[s], n), 0);
  const held = sum('held', 'background');
  const total = sum('free', 'held', 'background', 'draining', 'failed');
  return t('use.text', { ratio: percent(total === 0 ? 0 : held / total), held: number(held), all: number(total) });
}

/** Runs f and records its duration in the browser's performance timeline. */
function measured(name, f) {
  performance.clearMeasures(name);
  const start = performance.now();
  f();
  performance.measure(name, { start });
}

const refresh = oneAtATime(async () => {
  const { data } = await get('/sim/v1/state');
  for (const node of data.nodes) node.states = statesOf(node);
  state = data;
  measured('cluster-update', redrawState);
});

/** Shows the history. */
const remember = oneAtATime(async () => {
  const { window, zone } = what.now;
  const query = new URLSearchParams({ window });
  if (zone) query.set('availabilityZone', zone);
  const [{ data }] = await Promise.all([get(`/sim/v1/timeline?${query}`), charts.load(what.now)]);
  recordedAt = data.until;
  if (state) measured('timeline-update', () => lanes.update(state, data, zone, names));
});

const environmentList = switches(() => loadEnvironments());
async function loadEnvironments() {
  environments = new Map((await environmentList.load()).map(({ id, name }) => [id, name]));
}

const faultList = faults();

const load = oneAtATime(async () => {
  const [found] = await Promise.all([all('/api/v1/availability-zones'), refresh(), loadEnvironments(), faultList.load(), time.refresh()]);
  zones = found;
  what.offer(zones);
  redraw();
  await remember();
  if (what.now.node) lanes.mark(what.now.node);
});

const time = clock({ moved: guarded(() => Promise.all([refresh(), remember()])) });
scenario(load);

function redraw() {
  colours = legend();
  redrawState();
  for (const p of pools.values()) p.redraw();
  charts.draw();
  lanes.redraw();
}
addEventListener('themechange', () => { if (state) redraw(); });
addEventListener('resize', debounce(() => { if (state) redraw(); }, 100));

const soon = debounce(guarded(refresh), 200);
const later = debounce(guarded(remember), 500);
const both = () => { soon(); later(); };
live({ load: guarded(load), node: both, task: both, environment: debounce(guarded(loadEnvironments), 300) });

// The passing of time has no events.
let ticks = 0;
tick(1000, guarded(async () => {
  const now = await time.refresh();
  ticks++;
  if (recordedAt !== undefined && now !== recordedAt && ticks % 3 === 0) await remember();
}));
