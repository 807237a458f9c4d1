// /training-jobs/{id}: one task, with all that happened to it.
import { all, APIError, call, get, taskPath } from './api.js';
import { byId, h, keyed, say, sayOrHide } from './dom.js';
import { facts } from './facts.js';
import { money, number, percent, t, time, word } from './format.js';
import { importBlock, preamble, resourceBlock } from './hcl.js';
import { live, tick } from './live.js';
import { debounce, oneAtATime } from './schedule.js';
import { confirmed, copies, guarded, tell, tellNextPage } from './shell.js';
import { drawState, isLive, place } from './task.js';

const id = decodeURIComponent(location.pathname.split('/').pop());
const path = taskPath(id);
let shown; // the task, once it was read

function drawTask(task) {
  // In an environment, what a task would have asked for is not what it has.
  const has = task.launchMode === 'dynamic' ? task.resourceConfig : undefined;
  document.title = `${task.taskName} · ${t('brand')}`;
  say(byId('job-name'), task.taskName);
  drawState(byId('job-state'), task);
  byId('job-progress').value = task.progress;
  facts(byId('job-facts'), [
    ['ID', task.taskId],
    [t('field.progress'), percent(task.progress)],
    [t('field.cost'), money(task.cost)],
    [t('field.mode'), t(`mode.${task.launchMode}`)],
    [t('field.where'), place(task)],
    ['CPU', has && t('cores', { n: number(has.cpuCores) })],
    [t('field.memory'), has && t('gigabytes', { n: number(has.memory) })],
    [t('field.image'), has?.image],
    [t('field.nodes'), task.nodes.join(', ')],
    [t('field.dataset'), `${task.datasetId} · ${task.datasetVersionId}`],
    [t('field.model'), task.modelId],
    [t('field.created'), time(task.createdAt)],
    [t('field.estimatedStart'), isLive(task) && !task.startedAt && time(task.estimatedStartTime)],
    [t('field.started'), time(task.startedAt)],
    [t('field.finished'), time(task.finishedAt)],
    [t('field.description'), task.description],
    [t('field.labels'), Object.entries(task.labels).map(([key, value]) => `${key}=${value}`).join(', ')],
  ]);
  byId('job-stop').hidden = !isLive(task);
  say(byId('terraform'), `${preamble('token' in document.documentElement.dataset ? t('terraform.token') : '')}\n${importBlock(task)}\n${resourceBlock(task)}`);
  byId('job').hidden = false;
  byId('job-actions').hidden = false;
}

function drawEvent(item, e) {
  say(item.querySelector('time'), time(e.time));
  const detail = [e.status && word('status', e.status), e.phase && word('phase', e.phase)].filter((text) => text && text !== e.message);
  say(item.querySelector('.what'), e.message);
  sayOrHide(item.querySelector('.detail'), detail.join(' · '));
  sayOrHide(item.querySelector('.nodes'), (e.nodes ?? []).join(', '));
  keyed(item.querySelector('ul'), e.verdicts ?? [], (verdict) => verdict, () => h('li'), say);
}

function drawHistory(events, lines) {
  keyed(byId('job-timeline'), events, ({ sequence }) => sequence,
    (e) => h('li', { data: { type: e.type } }, h('time'), h('span', { class: 'what' }), h('span', { class: 'quiet detail' }), h('code', { class: 'nodes' }), h('ul', { class: 'verdicts' })),
    drawEvent);
  const box = byId('job-log');
  const following = box.scrollTop + box.clientHeight >= box.scrollHeight - 4;
  say(box, lines.join('\n') || t('log.none'));
  if (following) box.scrollTop = box.scrollHeight;
}

const refresh = oneAtATime(async () => {
  try {
    const [task, events, log] = await Promise.all([get(path), all(`${path}/events`), get(`${path}/logs?tail=200`)]);
    shown = task.data;
    drawTask(shown);
    // What is not seen can't be scrolled: the log comes after what shows it.
    drawHistory(events, log.data.lines);
  } catch (error) {
    if (!(error instanceof APIError) || (error.status !== 404 && error.status !== 410)) throw error;
    shown = undefined;
    sayOrHide(byId('job-gone'), error.message);
    byId('job-actions').hidden = true;
  }
});

byId('job-stop').addEventListener('click', guarded(async () => {
  if (!await confirmed(t('stop.really'), t('stop'))) return;
  tell('good', (await call('POST', `${path}/stop`)).message);
  await refresh();
}));
byId('job-delete').addEventListener('click', guarded(async () => {
  if (!await confirmed(t('delete.really'), t('delete'))) return;
  tellNextPage((await call('DELETE', path)).message);
  location.assign('/training-jobs');
}));
copies(byId('terraform-copy'), byId('terraform'));

const load = guarded(refresh);
live({ load, task: debounce(load, 100), only: { task: id } });
// Progress, cost and the log grow without an event.
tick(3000, () => { if (shown && isLive(shown)) load(); });
