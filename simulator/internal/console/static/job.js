// /training-jobs/{id}: a task and its history.
import { all, APIError, call, get, taskPath } from './api.js';
import { byId, h, keyed, say, sayOrHide } from './dom.js';
import { facts } from './facts.js';
import { shownFields } from './fields.js';
import { drawCost, drawStart, estimateOf } from './forecast.js';
import { number, percent, t, time, word } from './format.js';
import { importBlock, preamble, resourceBlock } from './hcl.js';
import { lineChart } from './linechart.js';
import { live, tick } from './live.js';
import { catalogName, loadZones } from './names.js';
import { now, timeAndAgo } from './now.js';
import { drawPhases } from './phases.js';
import { readLog } from './runlog.js';
import { debounce, oneAtATime } from './schedule.js';
import { confirmed, copies, guarded, tell, tellNextPage } from './shell.js';
import { drawState, isLive, placeAndIDs, sayLinked } from './task.js';
import { listPath } from './jobsview.js';
import { drawWaiting, readOthers } from './waiting.js';

const id = decodeURIComponent(location.pathname.split('/').pop());
const path = taskPath(id);
const patience = 15_000; // maximum age in milliseconds of estimate and others
let shown; // the task, its events and the cluster's time, once loaded
let estimate, others; // once loaded
let asked = { key: '', at: 0 }; // what they were loaded for, and when

const step = (n) => t('chart.step', { n: number(n) });
const drawLoss = lineChart(byId('job-loss'), { title: t('curve.loss'), xName: t('curve.step'), xText: step, yText: (y) => y.toFixed(3) });
const drawThroughput = lineChart(byId('job-throughput'),
  { title: t('curve.throughput'), xName: t('curve.step'), xText: step, yText: number, zero: true });

function drawTask(task, present) {
  // A task in an environment has the environment's resources.
  const has = task.launchMode === 'dynamic' ? task.resourceConfig : undefined;
  document.title = `${task.taskName} · ${t('brand')}`;
  say(byId('job-name'), task.taskName);
  drawState(byId('job-state'), task);
  byId('job-progress').value = task.progress;
  facts(byId('job-facts'), [
    ['ID', task.taskId],
    [t('field.progress'), percent(task.progress)],
    [t('field.mode'), t(`mode.${task.launchMode}`)],
    [t('field.where'), placeAndIDs(task)],
    ['CPU', has && t('cores', { n: number(has.cpuCores) })],
    [t('field.memory'), has && t('gigabytes', { n: number(has.memory) })],
    [t('field.image'), has?.image],
    [t('field.nodes'), task.nodes.join(', ')],
    [t('field.dataset'), `${shown.dataset} · ${task.datasetVersionId}`],
    [t('field.model'), shown.model],
    [t('field.created'), timeAndAgo(task.createdAt, present)],
    [t('field.started'), timeAndAgo(task.startedAt, present)],
    [t('field.finished'), timeAndAgo(task.finishedAt, present)],
    [t('field.restarts'), task.restarts > 0 && t('times', { n: number(task.restarts) })],
    [t('field.preemptions'), task.preemptions > 0 && t('times', { n: number(task.preemptions) })],
    ...shownFields(task).map(([label, text]) => [t(label), text]),
    [t('field.labels'), Object.entries(task.labels).map(([key, value]) => `${key}=${value}`).join(', ')],
  ]);
  byId('job-stop').hidden = !isLive(task);
  const tokenNote = 'token' in document.documentElement.dataset ? t('terraform.token') : '';
  say(byId('terraform'), [preamble(tokenNote), importBlock(task), resourceBlock(task)].join('\n'));
  byId('job-skeleton').hidden = true;
  byId('job').hidden = false;
  byId('job-actions').hidden = false;
}

function drawEvent(item, e) {
  say(item.querySelector('time'), time(e.time));
  const detail = [e.status && word('status', e.status), e.phase && word('phase', e.phase)].filter((text) => text && text !== e.message);
  sayLinked(item.querySelector('.what'), e.message, e.tasks ?? []);
  sayOrHide(item.querySelector('.detail'), detail.join(' · '));
  sayOrHide(item.querySelector('.nodes'), (e.nodes ?? []).join(', '));
  keyed(item.querySelector('ul'), e.verdicts ?? [], (verdict) => verdict, () => h('li'), say);
}

function drawHistory(events, lines) {
  keyed(byId('job-timeline'), events, ({ sequence }) => sequence,
    (e) => h('li', { data: { type: e.type } }, h('time'), h('span', { class: 'what' }), h('span', { class: 'quiet detail' }),
      h('code', { class: 'nodes' }), h('ul', { class: 'verdicts' })),
    drawEvent);
  const box = byId('job-log');
  const following = box.scrollTop + box.clientHeight >= box.scrollHeight - 4;
  say(box, lines.join('\n') || t('log.none'));
  if (following) box.scrollTop = box.scrollHeight;
}

function drawCurves(run) {
  const some = run.steps.length > 0;
  byId('job-curves').hidden = !some;
  byId('job-curves-none').hidden = some;
  if (!some) return;
  drawLoss(run.steps, [{ name: t('curve.loss'), ys: run.loss }], [1, run.all]);
  drawThroughput(run.steps, [{ name: t('curve.throughput'), ys: run.throughput, kind: 'second' }], [1, run.all]);
}

/** Shows the estimate and the waiting list, as far as they are loaded. */
function drawOutlook() {
  if (!shown) return;
  const { task, events, present } = shown;
  drawStart(task, estimate, present);
  drawCost(task, estimate);
  drawWaiting(task, events, others, estimate);
}

/**
 * Loads the estimate and the waiting list. Both cost the server more than the task, so they are loaded again only when the task's
 * position has changed, and from time to time while it waits.
 */
const outlook = oneAtATime(async () => {
  if (!shown) return;
  const { task } = shown;
  const waits = task.status === 'queued';
  const key = `${task.status} ${task.queuePosition ?? ''}`;
  if (key === asked.key && !(waits && performance.now() - asked.at > patience)) return;
  const [answer, found] = await Promise.all([estimateOf(task), waits ? readOthers(task) : undefined]);
  [estimate, others] = [answer, found];
  asked = { key, at: performance.now() };
  drawOutlook();
});

const refresh = oneAtATime(async () => {
  try {
    const [{ data: task }, events, log, present] = await Promise.all([
      get(path), all(`${path}/events`), get(`${path}/logs?tail=1000`), now(),
    ]);
    const [dataset, model] = await Promise.all([
      catalogName('datasets', task.datasetId), task.modelId && catalogName('models', task.modelId),
    ]);
    shown = { task, events, present, dataset, model };
    drawTask(task, present);
    drawPhases(task, events, present);
    drawOutlook();
    drawCurves(readLog(log.data.lines));
    // A hidden element can't be scrolled, so show the section first.
    drawHistory(events, log.data.lines);
    guarded(outlook)();
  } catch (error) {
    if (!(error instanceof APIError) || (error.status !== 404 && error.status !== 410)) throw error;
    shown = undefined;
    sayOrHide(byId('job-gone'), error.message);
    byId('job-skeleton').hidden = true;
    byId('job-actions').hidden = true;
  }
});

byId('job-back').href = listPath();
byId('job-duplicate').href = `/training/create?from=${encodeURIComponent(id)}`;
byId('job-stop').addEventListener('click', guarded(async () => {
  if (!await confirmed(t('stop.really'), t('stop'))) return;
  tell('good', (await call('POST', `${path}/stop`)).message);
  await refresh();
}));
byId('job-delete').addEventListener('click', guarded(async () => {
  if (!await confirmed(t('delete.really'), t('delete'))) return;
  tellNextPage((await call('DELETE', path)).message);
  location.assign(listPath());
}));
copies(byId('terraform-copy'), byId('terraform'));

const load = guarded(refresh);
live({
  load: guarded(async () => {
    asked = { key: '', at: 0 };
    await Promise.all([loadZones(), refresh()]);
    if (shown) drawTask(shown.task, shown.present);
  }),
  task: debounce(load, 100),
  only: { task: id },
});
// Progress, cost, the log and the duration of a phase change without events.
tick(3000, () => { if (shown && isLive(shown.task)) load(); });
