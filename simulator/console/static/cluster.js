// /cluster: every node and GPU, who waits for them, and the clock.
import { all, get } from './api.js';
import { chart } from './chart.js';
import { clock } from './clock.js';
import { byId, h, keyed, say } from './dom.js';
import { number, percent, t, word } from './format.js';
import { live, tick } from './live.js';
import { legend, pool, statesOf } from './pool.js';
import { debounce, oneAtATime } from './schedule.js';
import { guarded } from './shell.js';

const use = chart(byId('use-chart'), byId('use-from'), byId('use-to'));
const pools = new Map();
const queueShown = 12;
let colours = legend();
let zones = [];
let chosen; // the node whose details are shown

const taskLink = (id) => h('a', { href: `/training-jobs/${encodeURIComponent(id)}` }, id);

function showNode(node) {
  chosen = node;
  const box = byId('node');
  box.hidden = false;
  say(byId('node-name'), `${node.id} · ${node.gpus.length} × ${node.gpuType} · ${word('node', node.state)}`);
  keyed(box, alike(node), ({ first, last, holder }) => `${first} ${last} ${holder}`,
    ({ holder, first, last }) => h('li', { class: 'tag' }, `GPU ${first === last ? first : `${first}–${last}`} `, holder && holder !== 'background' ? taskLink(holder) : h('span')),
    (item, { state }) => { if (item.lastChild.localName === 'span') say(item.lastChild, t(`gpu.${state}`)); });
}

/** A node's GPUs, those in a row that are alike as one. */
function alike({ gpus, states }) {
  const found = [];
  gpus.forEach((holder, i) => {
    const last = found.at(-1);
    if (last && last.holder === holder && last.state === states[i]) last.last = i;
    else found.push({ first: i, last: i, holder, state: states[i] });
  });
  return found;
}

function count(nodes) {
  const counts = { free: 0, held: 0, background: 0, draining: 0, failed: 0 };
  for (const node of nodes) for (const state of node.states) counts[state]++;
  return counts;
}

function makePool(key) {
  const canvas = h('canvas', { tabindex: 0, role: 'img' });
  pools.set(key, pool(canvas, showNode, () => colours));
  return h('div', { class: 'pool' }, h('p', {}), canvas);
}

function fillPool(element, { key, gpuType, nodes, counts }) {
  const total = Object.values(counts).reduce((a, b) => a + b, 0);
  const text = [`${gpuType} · ${t('pool.nodes', { n: number(nodes.length) })}`, ...Object.entries(counts).filter(([state, n]) => n > 0 || state === 'free')
    .map(([state, n]) => `${t(`gpu.${state}`)} ${number(n)}/${number(total)}`)].join(' · ');
  say(element.firstChild, text);
  element.lastChild.setAttribute('aria-label', text);
  return () => pools.get(key).update(nodes);
}

function fillQueue(box, { tasks, background }) {
  say(box.querySelector('h3'), t('queue.title', { n: tasks.length + background }));
  keyed(box.querySelector('ol'), tasks.slice(0, queueShown), (id) => id, (id) => h('li', {}, taskLink(id)));
  const more = [tasks.length > queueShown && t('queue.more', { n: tasks.length - queueShown }), background > 0 && t('queue.background', { n: background })];
  say(box.querySelector('p'), more.filter(Boolean).join(' · '));
}

/** The pools of the state by zone, in the scenario's order. */
function group(state) {
  const found = new Map(state.queues.map((queue) => [queue.availabilityZone, { queue, pools: new Map() }]));
  for (const node of state.nodes) {
    const zone = found.get(node.availabilityZone);
    const key = `${node.availabilityZone} ${node.gpuType}`;
    if (!zone.pools.has(key)) zone.pools.set(key, { key, gpuType: node.gpuType, nodes: [] });
    zone.pools.get(key).nodes.push(node);
  }
  for (const zone of found.values()) for (const p of zone.pools.values()) p.counts = count(p.nodes);
  return [...found];
}

function draw(state) {
  for (const node of state.nodes) node.states = statesOf(node);
  const waiting = [];
  const groups = group(state);
  keyed(byId('zones'), groups, ([id]) => id,
    ([id]) => h('section', { class: 'card zone', 'aria-label': id }, h('header', {}, h('h2'), h('span', { class: 'quiet use' })),
      h('div', { class: 'pools' }), h('div', { class: 'queue' }, h('h3'), h('ol'), h('p', { class: 'quiet' }))),
    (card, [id, zone]) => {
      const list = [...zone.pools.values()];
      say(card.querySelector('h2'), zones.find((z) => z.id === id)?.name ?? id);
      say(card.querySelector('.use'), share(list).text);
      keyed(card.querySelector('.pools'), list, ({ key }) => key, ({ key }) => makePool(key), (element, p) => waiting.push(fillPool(element, p)));
      fillQueue(card.querySelector('.queue'), zone.queue);
    });
  // Canvases need their place on the page before they are drawn on.
  waiting.forEach((update) => update());
  const total = share(groups.flatMap(([, zone]) => [...zone.pools.values()]));
  say(byId('use-now'), total.text);
  use.add(state.now, total.ratio);
  const same = chosen && state.nodes.find(({ id }) => id === chosen.id);
  if (same) showNode(same);
}

/** How many of the GPUs of some pools are held. */
function share(list) {
  const sum = (...states) => list.reduce((n, { counts }) => states.reduce((m, state) => m + counts[state], n), 0);
  const held = sum('held', 'background');
  const total = sum('free', 'held', 'background', 'draining', 'failed');
  const ratio = total === 0 ? 0 : held / total;
  return { ratio, text: t('use.text', { ratio: percent(ratio), held: number(held), all: number(total) }) };
}

const refresh = oneAtATime(async () => {
  const { data } = await get('/sim/v1/state');
  performance.clearMeasures('cluster-update');
  const start = performance.now();
  draw(data);
  performance.measure('cluster-update', { start });
});
const time = clock({ moved: guarded(refresh) });

function redraw() {
  colours = legend();
  for (const p of pools.values()) p.redraw();
  use.draw();
}
addEventListener('themechange', redraw);
addEventListener('resize', debounce(redraw, 100));

const soon = debounce(guarded(refresh), 200);
live({
  load: guarded(async () => {
    zones = await all('/api/v1/availability-zones');
    await Promise.all([refresh(), time.refresh()]);
    redraw();
  }),
  node: soon,
  task: soon,
});
// The clock has no events, and neither has what merely goes on.
tick(1000, guarded(time.refresh));
