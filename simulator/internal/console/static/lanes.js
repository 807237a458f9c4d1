// The lanes of the timeline: for each zone who waits, its nodes, and the environments that were used.
import { t } from './format.js';

const mostRows = 6;

const milliseconds = (iso) => Date.parse(iso);

/** What a bar shows: a run that goes on, or how it ended. One that lost its node failed, as far as the node is concerned. */
const kindOf = ({ endedAs }) => ({ undefined: 'running', queued: 'failed' })[endedAs] ?? endedAs;

/**
 * Makes the lanes of a state and a timeline, in the order of the zones. names tells what zones and environments are called by their ids.
 */
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
    if (!group) continue; // the world was replaced between the two answers
    const bar = { run, kind: kindOf(run), waits: run.queuedAt && milliseconds(run.queuedAt), from: run.beganAt && milliseconds(run.beganAt), until: run.endedAt ? milliseconds(run.endedAt) : now };
    if (run.environmentId) {
      if (!group.environments.has(run.environmentId)) {
        group.environments.set(run.environmentId, { id: run.environmentId, label: names.environment(run.environmentId), bars: [], outages: [] });
      }
      group.environments.get(run.environmentId).bars.push(bar);
    } else if (!run.beganAt) {
      group.queue ??= { id: `queue ${run.availabilityZone}`, label: t('timeline.queue', { zone: names.zone(run.availabilityZone) }), bars: [], outages: [] };
      group.queue.bars.push(bar);
    } else {
      // A gang waits once, in the lane of its first node.
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
    // A node that was out before the window began, and still is, has no change in it.
    if (lane.outages.length === 0 && lane.node.state !== 'up') lane.outages.push({ kind: lane.node.state, from: -Infinity });
    for (const outage of lane.outages) outage.until ??= now;
  }
  return [...groups.values()].flatMap((group) => [group.queue, ...group.nodes, ...group.environments.values()].filter(Boolean));
}

/**
 * Puts the bars of a lane in rows, so that none is over another as long as there are rows. A bar that would then stand where others
 * are already is hidden: a queue of a thousand looks like one of many, and is drawn as fast.
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
