// The expected start and cost of a task. The API tells the expected start of a task itself. The uncertainty and the cost
// come from an estimate of an equal task created now.
import { APIError, call, tasksPath } from './api.js';
import { byId, say } from './dom.js';
import { between, duration, money, t, time } from './format.js';
import { isLive } from './task.js';

/** Returns the estimate of an equal task, or undefined if there can't be one, for example because its environment has stopped. */
export async function estimateOf(task) {
  const body = {
    // The name doesn't matter, and an old one may be invalid by now.
    taskName: task.taskId, datasetId: task.datasetId, datasetVersionId: task.datasetVersionId, modelId: task.modelId,
    launchMode: task.launchMode,
    environmentId: task.launchMode === 'existing' ? task.environmentId : undefined,
    resourceConfig: task.launchMode === 'dynamic' ? task.resourceConfig : undefined,
    maxDuration: task.maxDuration, maxRestarts: task.maxRestarts, priority: task.priority, preemptible: task.preemptible,
  };
  try {
    return (await call('POST', `${tasksPath}/estimate`, { body, patient: true })).data;
  } catch (error) {
    if (error instanceof APIError && error.status >= 400 && error.status < 500) return undefined;
    throw error;
  }
}

/** Positions a part of a track between two fractions of it. Hides it if there are none. */
function put(box, part, from, to = from) {
  const element = box.querySelector(part);
  element.hidden = !Number.isFinite(from);
  element.style.insetInlineStart = `${100 * Math.min(1, Math.max(0, from))}%`;
  if (to !== from) element.style.width = `${100 * Math.max(0, Math.min(1, to) - Math.max(0, from))}%`;
}

const seconds = (iso, present) => Math.max(0, between(new Date(present).toISOString(), iso));
const within = (iso, present) => t('start.in', { duration: duration(seconds(iso, present)), time: time(iso) });

/** Shows the expected start of a task that has not started, and the range from the median to the 90th percentile of an equal task. */
export function drawStart(task, estimate, present) {
  const box = byId('job-start');
  const waits = isLive(task) && !task.startedAt;
  box.hidden = !waits;
  if (!waits) return;
  const own = task.estimatedStartTime;
  say(box.querySelector('.own'), own ? within(own, present) : t('start.unknown'));
  // A task that isn't queued already has its GPUs or its environment, so an estimate for a new task doesn't apply.
  const range = task.status === 'queued' ? estimate?.startTime : undefined;
  const words = range && [
    t('start.median', { when: range.median ? within(range.median, present) : t('start.never') }),
    t('start.p90', { when: range.p90 ? within(range.p90, present) : t('start.never') }),
  ];
  say(box.querySelector('.equal'), words ? t('start.equal', { words: words.join(t('list.comma')) }) : '');
  const latest = range && (range.p90 ?? range.median);
  const scale = 1.1 * Math.max(1, own ? seconds(own, present) : 0, latest ? seconds(latest, present) : 0);
  const share = (iso) => (iso ? seconds(iso, present) / scale : NaN);
  put(box, '.mark', share(own));
  // Without a 90th percentile the bar has no end.
  put(box, '.band', share(range?.median), range?.p90 ? share(range.p90) : 1);
}

/** Shows the cost of the task so far and the estimate for an equal task. */
export function drawCost(task, estimate) {
  const box = byId('job-cost');
  say(box.querySelector('.own'), t(isLive(task) ? 'cost.sofar' : 'cost.all', { cost: money(task.cost) }));
  const cost = estimate?.cost;
  say(box.querySelector('.equal'), cost ? t('cost.equal', { median: money(cost.median), low: money(cost.low), high: money(cost.high) })
    : '');
  const most = 1.05 * Math.max(Number(task.cost.amount), Number(cost?.high.amount ?? 0));
  const share = (amount) => (amount === undefined || most === 0 ? NaN : Number(amount) / most);
  put(box, '.fill', cost ? 0 : NaN, share(task.cost.amount));
  put(box, '.band', share(cost?.low.amount), share(cost?.high.amount));
  put(box, '.mark', share(cost?.median.amount));
}
