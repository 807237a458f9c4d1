// How a task is shown in the list and on its own page.
import { h, keyed, say } from './dom.js';
import { t, word } from './format.js';
import { zoneName } from './names.js';

const kinds = { queued: 'warn', allocating: '', starting: '', running: 'good', succeeded: 'good', failed: 'bad', stopped: 'quiet' };

/** Reports whether the task has not ended. */
export const isLive = ({ status }) => !['succeeded', 'failed', 'stopped'].includes(status);

export const jobPath = (id) => `/training-jobs/${encodeURIComponent(id)}`;

/** Shows the status, and the phase, the queue position or the reason of the end. */
export function drawState(box, task) {
  const parts = [['status', word('status', task.status), `badge ${kinds[task.status] ?? ''}`]];
  if (task.phase) parts.push(['phase', word('phase', task.phase), 'quiet phase']);
  if (task.queuePosition) parts.push(['queue', t('queue.position', { n: task.queuePosition }), 'quiet']);
  if (task.statusMessage) parts.push(['why', task.statusMessage, 'quiet why']);
  keyed(box, parts, ([key]) => key, () => h('span'), (part, [, text, kind]) => {
    part.className = kind;
    part.title = text;
    say(part, text);
  });
}

/** Shows a text with links to the tasks whose ids are in it. */
export function sayLinked(box, text, ids) {
  if (box.textContent === text) return;
  const known = new Set(ids);
  const words = text.split(/(task-\d+)/);
  box.replaceChildren(...words.map((word) => (known.has(word) ? h('a', { href: jobPath(word) }, word) : word)));
}

/** Returns what sets a task apart from others in the queue: its priority, unless it is normal, and whether it may have to give way. */
export const marks = ({ priority, preemptible }) =>
  [priority !== 'normal' && t(`mark.${priority}`), preemptible && t('mark.preemptible')].filter(Boolean);

/** Returns the environment, or the number of GPUs and the zone. */
export function place(task) {
  if (task.launchMode === 'existing') return task.environmentName ?? task.environmentId ?? '';
  const c = task.resourceConfig;
  return c ? `${zoneName(c.availabilityZone)} · ${c.gpuCount} × ${c.gpuType}` : '';
}

/** Returns the same with ids, to be shown under the pointer. */
export function placeAndIDs(task) {
  const id = task.launchMode === 'existing' ? task.environmentId : task.resourceConfig?.availabilityZone;
  return id ? `${place(task)} (${id})` : place(task);
}
