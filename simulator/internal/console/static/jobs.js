// /training-jobs: the list of tasks, the newest first.
import { get, tasksPath } from './api.js';
import { byId, h, keyed, say } from './dom.js';
import { duration, money, number, percent, t, time } from './format.js';
import { live, tick } from './live.js';
import { loadZones } from './names.js';
import { ago, now, showTime } from './now.js';
import { pager } from './pager.js';
import { debounce, oneAtATime } from './schedule.js';
import { selection } from './selection.js';
import { guarded } from './shell.js';
import { drawState, isLive, jobPath, marks, place, placeAndIDs } from './task.js';
import { filtersOf, fromQuery, keepView, toQuery } from './jobsview.js';

const pageSize = 50;
const table = document.querySelector('.jobs');
const tabs = [...byId('jobs-tabs').children];
let view = fromQuery(location.search);
let shown = [];
let present = 0; // the cluster's time when the list was loaded
const selected = selection({ changed: () => draw(), filters: () => filtersOf(view) });

function make({ taskId }) {
  const cell = (name, ...children) => h('td', { 'data-label': t(`field.${name}`), class: name }, ...children);
  return h('tr', {},
    h('td', { class: 'pick' }, h('label', { class: 'check' }, selected.box(taskId))),
    cell('taskName', h('a', { href: jobPath(taskId), dir: 'auto' }), h('span', { class: 'quiet id' })),
    cell('status', h('div', { class: 'state' })),
    cell('progress', h('div', { class: 'bar' }, h('progress', { max: 1, 'aria-label': t('field.progress') }),
      h('span', { class: 'quiet percent' }))),
    cell('where', h('span', { class: 'text' })), cell('ran', h('span', { class: 'text' })), cell('cost', h('span', { class: 'text' })),
    cell('created', h('time', { class: 'text' })));
}

function fill(row, task) {
  const part = (selector) => row.querySelector(selector);
  // The column truncates long texts, so show them under the pointer.
  const show = (selector, text, whole = text) => {
    say(part(selector), text);
    part(selector).title = whole;
  };
  const pick = part('.pick input');
  pick.checked = selected.has(task.taskId);
  pick.setAttribute('aria-label', t('jobs.select', { name: task.taskName }));
  show('a', task.taskName);
  say(part('.id'), [task.taskId, ...marks(task)].join(' · '));
  drawState(part('.state'), task);
  part('progress').value = task.progress;
  say(part('.percent'), percent(task.progress));
  show('.where .text', place(task), placeAndIDs(task));
  show('.ran .text', ranOrStart(task), task.startedAt ? undefined : time(task.estimatedStartTime));
  show('.cost .text', money(task.cost));
  showTime(part('time'), task.createdAt, present);
}

/** Shows how long training has run or, before that, when it is expected to start. */
function ranOrStart(task) {
  if (task.startedAt) return duration(task.runningSeconds ?? 0);
  return isLive(task) && task.estimatedStartTime ? t('jobs.starts', { when: ago(task.estimatedStartTime, present) }) : '–';
}

const draw = () => keyed(byId('jobs'), shown, ({ taskId }) => taskId, make, fill);

/** Shows the view in the controls. */
function drawControls() {
  for (const tab of tabs) {
    const { status } = tab.dataset;
    tab.href = `/training-jobs${toQuery({ ...view, status, page: 1 })}`;
    if (status === view.status) tab.setAttribute('aria-current', 'page');
    else tab.removeAttribute('aria-current');
  }
  if (byId('filter-name').value.trim() !== view.name) byId('filter-name').value = view.name;
  byId('filter-mode').value = view.launchMode;
  byId('jobs-sort').value = `${view.sort} ${view.order}`;
  for (const button of document.querySelectorAll('[data-sort]')) {
    const sorted = button.dataset.sort === view.sort;
    button.closest('th').ariaSort = sorted ? { asc: 'ascending', desc: 'descending' }[view.order] : null;
  }
}

const refresh = oneAtATime(async () => {
  const asked = view;
  const parameters = filtersOf(asked);
  const { sort, order, page } = asked;
  for (const [name, value] of Object.entries({ sort, order, page, pageSize })) parameters.set(name, value);
  const [answer, at] = await Promise.all([get(`${tasksPath}?${parameters}`), now()]);
  if (asked !== view) return; // the view has changed, and its own response follows
  if (answer.data.length === 0 && asked.page > 1) {
    // The page no longer exists, for example because its tasks were deleted: show the last one.
    go({ page: Math.max(1, Math.ceil(answer.page.total / pageSize)) }, true);
    return;
  }
  [shown, present] = [answer.data, at];
  draw();
  table.removeAttribute('aria-busy');
  byId('jobs-none').hidden = shown.length > 0;
  selected.see(shown, answer.page.total);
  pager(byId('jobs-pager'), answer.page, async (n) => {
    await go({ page: n });
    scrollTo({ top: 0, behavior: 'instant' });
  });
});

/** Returns the filters that affect the counts on the tabs. */
const besidesStatus = (v) => filtersOf({ ...v, status: '' }).toString();

/** Shows the number of matching tasks on each tab. */
const count = oneAtATime(async () => {
  const asked = view;
  await Promise.all(tabs.map(async (tab) => {
    const { page } = await get(`${tasksPath}?${filtersOf({ ...asked, status: tab.dataset.status })}&pageSize=1`);
    if (besidesStatus(asked) === besidesStatus(view)) say(tab.querySelector('.count'), number(page.total));
  }));
});

/** Goes to another view. With replace, it replaces the current one in the history. */
function go(changes, replace) {
  const before = view;
  view = { ...view, ...changes };
  const address = `/training-jobs${toQuery(view)}`;
  if (address !== location.pathname + location.search) history[replace ? 'replaceState' : 'pushState'](null, '', address);
  return arrived(before);
}

/** Handles a change of the view. */
function arrived(before) {
  const recounted = besidesStatus(before) !== besidesStatus(view);
  // Clear the selection, so that invisible tasks are not stopped by accident.
  if (recounted || before.status !== view.status) selected.clear();
  table.setAttribute('aria-busy', 'true');
  keepView(view);
  drawControls();
  const read = refresh();
  if (recounted) guarded(count)();
  return read;
}

const goTo = guarded(go);

byId('jobs-tabs').addEventListener('click', (event) => {
  const tab = event.target.closest('a');
  // With a modifier key the link opens in another tab or window.
  if (!tab || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  goTo({ status: tab.dataset.status, page: 1 });
});
byId('filter-mode').addEventListener('change', ({ target }) => goTo({ launchMode: target.value, page: 1 }));
byId('jobs-sort').addEventListener('change', ({ target }) => {
  const [sort, order] = target.value.split(' ');
  goTo({ sort, order, page: 1 });
});
table.querySelector('thead').addEventListener('click', ({ target }) => {
  const sort = target.closest('[data-sort]')?.dataset.sort;
  if (!sort) return;
  const first = sort === 'createdAt' ? 'desc' : 'asc';
  const other = { asc: 'desc', desc: 'asc' };
  goTo({ sort, order: sort === view.sort ? other[view.order] : first, page: 1 });
});
// Typing a word is a single step in the history.
let typing = false;
byId('filter-name').addEventListener('input', debounce(() => {
  const name = byId('filter-name').value.trim();
  if (name === view.name) return;
  goTo({ name, page: 1 }, typing);
  typing = true;
}, 250));
byId('filter-name').addEventListener('change', () => { typing = false; });
addEventListener('popstate', guarded(() => {
  const before = view;
  view = fromQuery(location.search);
  typing = false;
  return arrived(before);
}));

keepView(view);
drawControls();

const load = guarded(refresh);
const reload = debounce(load, 100);
const recount = debounce(guarded(count), 500);
live({
  load() {
    guarded(count)();
    return guarded(async () => {
      await Promise.all([loadZones(), refresh()]);
      draw();
    })();
  },
  // An event of one task moves others in the queue, so load the page again.
  task({ taskId, type }) {
    if (type === 'deleted') selected.forget(taskId);
    reload();
    recount();
  },
});
// Progress, cost and relative times change without events.
tick(5000, guarded(async () => {
  if (shown.some(isLive)) return refresh();
  present = await now();
  draw();
}));
