// /training-jobs: the tasks, the newest first, as they are now.
import { get, tasksPath } from './api.js';
import { byId, h, keyed, say } from './dom.js';
import { money, percent, t, time } from './format.js';
import { live, tick } from './live.js';
import { pager } from './pager.js';
import { debounce, oneAtATime } from './schedule.js';
import { guarded } from './shell.js';
import { drawState, isLive, place } from './task.js';

const pageSize = 50;
let page = 1;
let shown = [];

function query() {
  const all = {
    status: byId('filter-status').value, launchMode: byId('filter-mode').value, name: byId('filter-name').value.trim(),
    sort: 'createdAt', order: 'desc', page, pageSize,
  };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value));
}

function make({ taskId }) {
  const cell = (name, ...children) => h('td', { 'data-label': t(`field.${name}`), class: name }, ...children);
  return h('tr', {},
    cell('taskName', h('a', { href: `/training-jobs/${encodeURIComponent(taskId)}` }), h('span', { class: 'quiet id' }, taskId)),
    cell('status', h('div', { class: 'state' })),
    cell('progress', h('progress', { max: 1, 'aria-label': t('field.progress') }), h('span', { class: 'quiet percent' })),
    cell('where'), cell('cost'), cell('created'));
}

function fill(row, task) {
  const part = (selector) => row.querySelector(selector);
  say(part('a'), task.taskName);
  drawState(part('.state'), task);
  part('progress').value = task.progress;
  say(part('.percent'), percent(task.progress));
  say(part('.where'), place(task));
  say(part('.cost'), money(task.cost));
  say(part('.created'), time(task.createdAt));
}

const refresh = oneAtATime(async () => {
  let answer = await get(`${tasksPath}?${query()}`);
  if (answer.data.length === 0 && page > 1) {
    page = 1;
    answer = await get(`${tasksPath}?${query()}`);
  }
  shown = answer.data;
  keyed(byId('jobs'), shown, ({ taskId }) => taskId, make, fill);
  byId('jobs-none').hidden = shown.length > 0;
  pager(byId('jobs-pager'), answer.page, (n) => { page = n; return refresh(); });
});

const afresh = guarded(() => { page = 1; return refresh(); });
byId('filter-status').addEventListener('change', afresh);
byId('filter-mode').addEventListener('change', afresh);
byId('filter-name').addEventListener('input', debounce(afresh, 250));

// One task's event moves others in the queue: the page is read again as a whole.
const load = guarded(refresh);
live({ load, task: debounce(load, 100) });
// Progress and cost grow without an event.
tick(5000, () => { if (shown.some(isLive)) load(); });
