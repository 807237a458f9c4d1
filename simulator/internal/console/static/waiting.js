// Who a queued task waits for: those ahead in the queue of its zone, and those that hold GPUs of its type there.
import { all, tasksPath } from './api.js';
import { byId, h, keyed, say, sayOrHide } from './dom.js';
import { percent, t, word } from './format.js';
import { zoneName } from './names.js';
import { jobPath } from './task.js';

const most = 10; // maximum number of each that is shown
const limit = 10_000; // maximum number of each that is loaded

const inZoneOf = (task) => (other) => other.launchMode === 'dynamic' && other.taskId !== task.taskId
  && other.resourceConfig.availabilityZone === task.resourceConfig.availabilityZone;

/**
 * Loads the tasks ahead, the next one first, and those that hold GPUs of the type, the most advanced first. position is the task's
 * own at that time; complete says whether the whole queue was loaded.
 */
export async function readOthers(task) {
  const near = inZoneOf(task);
  const [waiting, holding] = await Promise.all([
    all(`${tasksPath}?status=queued`, limit), all(`${tasksPath}?status=allocating&status=starting&status=running`, limit),
  ]);
  const { queuePosition: position } = waiting.find(({ taskId }) => taskId === task.taskId) ?? task;
  const ahead = waiting.filter((other) => near(other) && other.queuePosition < position).sort((a, b) => a.queuePosition - b.queuePosition);
  const holders = holding.filter((other) => near(other) && other.resourceConfig.gpuType === task.resourceConfig.gpuType)
    .sort((a, b) => b.progress - a.progress);
  return { position, ahead, holders, complete: waiting.length < limit };
}

function drawList(list, tasks, textOf) {
  keyed(byId(list), tasks.slice(0, most), ({ taskId }) => taskId,
    () => h('li', {}, h('a', { dir: 'auto' }), h('span', { class: 'quiet' })),
    (item, task) => {
      const link = item.querySelector('a');
      link.href = jobPath(task.taskId);
      link.title = task.taskName;
      say(link, task.taskName);
      say(item.querySelector('span'), textOf(task));
    });
}

const gpus = ({ resourceConfig: c }) => `${c.gpuCount} × ${c.gpuType}`;

/** Shows who the task waits for. If others or estimate is missing, that part is left as it is or omitted. */
export function drawWaiting(task, events, others, estimate) {
  const waits = task.status === 'queued' && task.launchMode === 'dynamic';
  byId('job-waiting').hidden = !waits;
  if (!waits) return;
  const queued = events.findLast(({ type }) => type === 'queued');
  const capacity = estimate?.capacity;
  say(byId('waiting-room'), capacity
    ? t('waiting.room', { wanted: capacity.wantedGpus, free: capacity.freeGpus, type: task.resourceConfig.gpuType,
      zone: zoneName(task.resourceConfig.availabilityZone) })
    : queued?.message);
  const nodes = capacity?.nodes.length > 0 ? capacity.nodes : queued?.verdicts ?? [];
  keyed(byId('waiting-nodes'), nodes, (verdict) => verdict, () => h('li'), say);
  const elsewhere = (capacity?.zonesWithRoom ?? []).map(zoneName).join(t('list.comma'));
  sayOrHide(byId('waiting-elsewhere'), elsewhere && t('waiting.elsewhere', { zones: elsewhere }));
  if (!others) return;
  const { position, ahead, holders, complete } = others;
  // The queue also counts the jobs of other users, which are not in the list of tasks.
  const unseen = Math.max(0, position - 1 - ahead.length);
  const more = Math.max(0, ahead.length - most) + (complete ? 0 : unseen);
  sayOrHide(byId('waiting-ahead-title'), t('waiting.ahead', { n: position - 1 }));
  drawList('waiting-ahead', ahead, (other) => `${gpus(other)} · ${t('queue.position', { n: other.queuePosition })}`);
  sayOrHide(byId('waiting-ahead-more'), [
    more > 0 && t('waiting.more', { n: more }), complete && unseen > 0 && t('waiting.background', { n: unseen }),
  ].filter(Boolean).join(' · '));
  sayOrHide(byId('waiting-holders-title'), t('waiting.holders', { n: holders.length, type: task.resourceConfig.gpuType }));
  drawList('waiting-holders', holders, (other) => {
    const state = other.status === 'running' ? percent(other.progress) : word('status', other.status);
    return `${gpus(other)} · ${state}`;
  });
  sayOrHide(byId('waiting-holders-more'), holders.length > most ? t('waiting.more', { n: holders.length - most }) : '');
}
