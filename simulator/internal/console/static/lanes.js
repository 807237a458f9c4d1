// The lanes of the timeline. Each zone has a lane for waiting tasks, one for each of its nodes, and one for each
// environment in use.
import { t } from './format.js';

const mostRows = 6;

const milliseconds = (iso) => Date.parse(iso);

/**
 * Returns the kind of a bar: a running task, or how it ended. A task that is queued again has given way, or has lost its node; that
 * is a failure.
 */
function kindOf({ endedAs, reason }) {
  if (endedAs === 'queued') return reason === 'PREEMPTED' ? 'stopped' : 'failed';
  return endedAs ?? 'running';
}

/** Returns the lanes for a state and a timeline, in the order of the zones. names maps zone and environment ids to names. */
export function lanesOf(state, { runs, nodes, until }, zone, names) {
  const now = milliseconds(until);
  const byNode = new Map();
  const groups = new Map(state.queues.map(({ availabilityZone: id }) => [id, { nodes: [], queue: undefined, environments: new Map() }]));
  for (const node of state.nodes) {
    if (zone && node.availabilityZone !== zone) continue;
    const lane = { id: node.id, label: node.id, node, bars: [], outages: [] };
    byNode.set(node.id, lane);
    groups.get(node.availabilityZone).nodes.push(lane);
  }
  for (const run of runs) {
    const group = groups.get(run.availabilityZone);
    if (!group) continue; // the world was replaced between the two responses
    const bar = { run, kind: kindOf(run), waits: run.queuedAt && milliseconds(run.queuedAt),
      from: run.beganAt && milliseconds(run.beganAt), until: run.endedAt ? milliseconds(run.endedAt) : now };
    if (run.environmentId) {
      if (!group.environments.has(run.environmentId)) {
        group.environments.set(run.environmentId,
          { id: run.environmentId, label: names.environment(run.environmentId), bars: [], outages: [] });
      }
      group.environments.get(run.environmentId).bars.push(bar);
    } else if (!run.beganAt) {
      group.queue ??= { id: `queue ${run.availabilityZone}`, label: t('timeline.queue', { zone: names.zone(run.availabilityZone) }),
        bars: [], outages: [] };
      group.queue.bars.push(bar);
    } else {
      // A gang waits only once, in the lane of its first node.
      run.nodes.forEach((id, i) => byNode.get(id)?.bars.push(i === 0 ? bar : { ...bar, waits: undefined }));
    }
  }
  for (const { time, id, state: to } of nodes) {
    const outages = byNode.get(id)?.outages;
    if (!outages) continue;
    const open = outages.at(-1);
    if (open && open.until === undefined) open.until = milliseconds(time);
    if (to !== 'up') outages.push({ kind: to, from: milliseconds(time), marked: to === 'failed' });
  }
  for (const lane of byNode.values()) {
    // A node that has been out since before the window has no change in it.
    if (lane.outages.length === 0 && lane.node.state !== 'up') lane.outages.push({ kind: lane.node.state, from: -Infinity });
    for (const outage of lane.outages) outage.until ??= now;
  }
  return [...groups.values()].flatMap((group) => [group.queue, ...group.nodes, ...group.environments.values()].filter(Boolean));
}

/**
 * Assigns the bars of a lane to rows so that they don't overlap, as long as there are rows. Further bars that would only cover
 * others are hidden: a queue of a thousand tasks looks the same, and draws fast.
 */
export function inRows(lane) {
  if (lane.rows) return lane.rows;
  const ends = [];
  const begin = (bar) => bar.waits ?? bar.from;
  lane.bars.sort((a, b) => begin(a) - begin(b));
  for (const bar of lane.bars) {
    const free = ends.findIndex((end) => end <= begin(bar));
    bar.row = free >= 0 ? free : Math.min(ends.length, mostRows - 1);
    bar.hidden = bar.until <= (ends[bar.row] ?? 0);
    ends[bar.row] = Math.max(ends[bar.row] ?? 0, bar.until);
  }
  lane.rows = Math.max(1, ends.length);
  return lane.rows;
}
