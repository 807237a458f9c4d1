// The five phases of a task's start, and their durations.
import { byId, h, keyed, say } from './dom.js';
import { between, duration, number, t, word } from './format.js';
import { isLive } from './task.js';

const names = ['finding_nodes', 'allocating_gpus', 'pulling_image', 'mounting_data', 'starting_container'];

/** Formats a short duration with a tenth of a second. */
const brief = (seconds) => (seconds < 60 ? t('unit.second', { n: number(Math.max(0, seconds)) }) : duration(seconds));

/**
 * Returns the phases of the current or last start: when each began and ended, how often it was tried, and how it failed. A restart
 * in place repeats only the start of the container. A task that is queued again starts from the beginning.
 */
export function readStart(events) {
  const start = { phases: {}, starts: 0, queued: undefined, placed: undefined, running: undefined };
  let open;
  const end = (time, how) => {
    if (open) Object.assign(open, { ended: time, how });
    open = undefined;
  };
  for (const e of events) {
    if (e.type === 'updated') continue;
    if (e.type === 'created' || (e.type === 'restarted' && e.status === 'queued'))
      Object.assign(start, { phases: {}, queued: e.time, placed: undefined, running: undefined });
    if (e.type === 'placed' || (e.phase && start.placed === undefined)) start.placed = e.time;
    if (e.type === 'restarted') start.running = undefined;
    // One that is queued again starts when it is placed.
    const restarts = e.type === 'restarted' && e.status !== 'queued';
    if (e.type === 'placed' || restarts || (e.type === 'created' && e.phase)) start.starts += 1;
    if (e.phase && open?.phase === e.phase) {
      open.tries += 1; // it failed and is tried again
    } else if (e.phase) {
      end(e.time);
      open = start.phases[e.phase] = { phase: e.phase, began: e.time, tries: 1 };
    } else if (e.type === 'restarted') {
      end(e.time);
    } else if (e.type === 'status') {
      end(e.time, e.status === 'running' ? undefined : e.status);
      if (e.status === 'running') start.running = e.time;
    }
  }
  return start;
}

function stateOf(task, phase) {
  if (!phase) return task.launchMode === 'existing' || !isLive(task) ? 'skipped' : 'waits';
  if (phase.how) return phase.how;
  return phase.ended ? 'done' : 'runs';
}

const marks = { done: '✓', runs: '●', waits: '○', skipped: '–', failed: '✗', stopped: '■' };

/** Shows the phases of a task's start at the cluster's current time. */
export function drawPhases(task, events, present) {
  const start = readStart(events);
  const until = (time) => time ?? new Date(present).toISOString();
  const took = (phase) => phase && between(phase.began, until(phase.ended));
  const longest = Math.max(1, ...names.map((name) => took(start.phases[name]) ?? 0));
  keyed(byId('job-phases'), names, (name) => name,
    () => h('li', {}, h('span', { class: 'mark', 'aria-hidden': 'true' }), h('span', { class: 'name' }), h('span', { class: 'took' }),
      h('span', { class: 'length', 'aria-hidden': 'true' }, h('span'))),
    (item, name) => {
      const phase = start.phases[name];
      const state = stateOf(task, phase);
      item.dataset.state = state;
      say(item.querySelector('.mark'), marks[state] ?? '');
      say(item.querySelector('.name'), word('phase', name));
      const words = [phase ? brief(took(phase)) : t(`phase.state.${state}`)];
      if (phase && state !== 'done') words.push(t(`phase.state.${state}`));
      if (phase?.tries > 1) words.push(t('phase.tries', { n: phase.tries }));
      say(item.querySelector('.took'), words.join(' · '));
      item.querySelector('.length > span').style.width = `${(100 * (took(phase) ?? 0)) / longest}%`;
    });
  const ended = task.finishedAt;
  const spans = [];
  if (task.launchMode === 'dynamic' && start.queued)
    spans.push(t('span.queue', { duration: brief(between(start.queued, until(start.placed ?? ended))) }));
  if (start.placed) spans.push(t('span.start', { duration: brief(between(start.placed, until(start.running ?? ended))) }));
  if (start.running) spans.push(t('span.training', { duration: brief(between(start.running, until(ended))) }));
  if (start.starts > 1) spans.push(t('span.starts', { n: start.starts }));
  say(byId('job-spans'), spans.join(' · '));
}
