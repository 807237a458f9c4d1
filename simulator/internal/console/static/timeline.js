// The timeline: which tasks were on which node, and when. Only the lanes in the visible part are drawn.
import { fitted } from './chart.js';
import { byId, h, say } from './dom.js';
import { between, duration, number, t, time, word } from './format.js';
import { inRows, lanesOf } from './lanes.js';

const laneHeight = 24;
const room = 10; // space to the right of now

/** Draws the legend and returns the colors of the kinds in the current theme. */
function kinds() {
  const found = {};
  for (const canvas of document.querySelectorAll('canvas.kind')) {
    const style = getComputedStyle(canvas);
    const { kind } = canvas.dataset;
    found[kind] = { line: style.color, fill: style.outlineColor };
    if (kind === 'waits') found[kind].fill = hatching(style.color);
    const { context, width, height } = fitted(canvas);
    if (width > 0) drawBar(context, found[kind], kind, 0, 1, kind === 'failed' ? width - 4 : width, height - 2);
  }
  return found;
}

function hatching(colour) {
  const tile = h('canvas', { width: 6, height: 6 });
  const context = tile.getContext('2d');
  context.strokeStyle = colour;
  context.beginPath();
  for (const x of [-3, 3, 9]) {
    context.moveTo(x - 3, 6);
    context.lineTo(x + 3, 0);
  }
  context.stroke();
  return context.createPattern(tile, 'repeat');
}

function drawBar(context, { line, fill }, kind, x, y, width, height) {
  context.fillStyle = fill;
  context.fillRect(x, y, width, height);
  context.strokeStyle = line;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, Math.max(0, width - 1), height - 1);
  if (kind === 'failed') drawFailure(context, line, x + width, y + height / 2);
}

function drawFailure(context, colour, x, y) {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  for (const side of [-1, 1]) {
    context.moveTo(x - 4, y - 4 * side);
    context.lineTo(x + 4, y + 4 * side);
  }
  context.stroke();
}

/** Creates the timeline. Calls choose(node) with the id of a node whose name is clicked. */
export function timeline(choose) {
  const box = byId('timeline');
  const [canvas, rest] = box.children;
  let colours = kinds();
  let lanes = [];
  let from = 0;
  let now = 0;
  let cursor = { lane: -1, bar: undefined };
  let chosenNode = '';
  let laidOut = '';

  const margin = () => Math.min(150, canvas.clientWidth * 0.35);
  const x = (at) => margin() + ((Math.max(at, from) - from) / Math.max(1, now - from)) * (canvas.clientWidth - margin() - room);

  function layOut() {
    if (now === 0) return; // nothing is loaded yet, and the page reserves the space
    const total = Math.max(1, lanes.length) * laneHeight;
    const seen = Math.min(total, Math.max(160, Math.round(innerHeight * 0.45)));
    const key = `${seen} ${total}`;
    if (key === laidOut) return; // avoid setting the height again, which would cause a layout
    laidOut = key;
    box.style.height = `${seen}px`;
    canvas.style.height = `${seen}px`;
    rest.style.height = `${total - seen}px`;
  }

  function drawLane(context, lane, top, style) {
    context.save();
    context.beginPath();
    context.rect(0, top, margin() - 6, laneHeight);
    context.clip();
    context.fillStyle = lane.id === chosenNode ? colours.running.line : style.color;
    context.font = `${lane.id === chosenNode ? 'bold ' : ''}12px ${style.fontFamily}`;
    context.fillText(lane.label, 2, top + laneHeight / 2);
    context.restore();
    for (const { kind, from: begin, until, marked } of lane.outages) {
      context.globalAlpha = 0.35;
      context.fillStyle = colours[kind === 'failed' ? 'failure' : 'draining'].line;
      context.fillRect(x(begin), top + 1, Math.max(2, x(until) - x(begin)), laneHeight - 2);
      context.globalAlpha = 1;
      context.fillRect(x(begin), top + laneHeight - 3, Math.max(2, x(until) - x(begin)), 2);
      if (marked) drawFailure(context, colours.failure.line, x(begin), top + laneHeight / 2);
    }
    const rows = inRows(lane);
    const height = Math.max(3, (laneHeight - 4) / rows);
    for (const bar of lane.bars) {
      if (bar.hidden && bar !== cursor.bar) continue;
      const y = Math.min(top + 2 + bar.row * height, top + laneHeight - 5);
      const start = x(bar.from ?? bar.until);
      if (bar.waits !== undefined && bar.waits < (bar.from ?? bar.until))
        drawBar(context, colours.waits, 'waits', x(bar.waits), y, Math.max(2, start - x(bar.waits)), height - 1);
      if (bar.from === undefined) continue;
      const width = Math.max(2, x(bar.until) - start);
      drawBar(context, colours[bar.kind], bar.kind, start, y, width, height - 1);
      if (width > 50 && height >= 12) {
        context.save();
        context.beginPath();
        context.rect(start + 4, y, width - 10, height);
        context.clip();
        context.fillStyle = style.color;
        context.font = `11px ${style.fontFamily}`;
        context.fillText(bar.run.taskName, start + 4, y + height / 2);
        context.restore();
      }
      if (bar === cursor.bar) {
        context.strokeStyle = style.color;
        context.lineWidth = 2;
        context.strokeRect(start, y, width, height - 1);
      }
    }
    context.fillStyle = style.borderBottomColor;
    context.fillRect(0, top + laneHeight - 1, canvas.clientWidth, 1);
  }

  function draw() {
    const { context, width, height } = fitted(canvas);
    if (width === 0 || now === 0) return;
    const style = getComputedStyle(canvas);
    context.textBaseline = 'middle';
    const first = Math.floor(box.scrollTop / laneHeight);
    const last = Math.min(lanes.length - 1, Math.floor((box.scrollTop + height) / laneHeight));
    for (let i = first; i <= last; i++) drawLane(context, lanes[i], i * laneHeight - box.scrollTop, style);
    context.fillStyle = style.outlineColor;
    context.fillRect(Math.round(x(now)), 0, 2, height);
  }

  function tell() {
    const lane = lanes[cursor.lane];
    const text = byId('timeline-detail');
    if (!lane) return say(text, t('timeline.hint'));
    if (!cursor.bar) return say(text, lane.node ? `${lane.label} · ${word('node', lane.node.state)}` : lane.label);
    const { run, kind, waits, from: began, until } = cursor.bar;
    const waited = waits !== undefined && t('timeline.waited', { duration: duration(((began ?? until) - waits) / 1000) });
    const facts = [run.taskName, lane.label, t(`timeline.${began === undefined ? 'waits' : kind}`), waited,
      run.beganAt && t('timeline.took', { time: time(run.beganAt),
        duration: duration(between(run.beganAt, run.endedAt ?? new Date(now).toISOString())) }), run.reason && word('reason', run.reason)];
    text.replaceChildren(h('a', { href: `/training-jobs/${encodeURIComponent(run.taskId)}` }, run.taskId),
      ` · ${facts.filter(Boolean).join(' · ')}`);
    return undefined;
  }

  function move(to) {
    if (to.lane === cursor.lane && to.bar === cursor.bar) return;
    cursor = to;
    tell();
    draw();
  }

  /** Returns the lane and the bar at a position on the canvas. */
  function at({ offsetX, offsetY }) {
    const i = Math.floor((offsetY + box.scrollTop) / laneHeight);
    const lane = lanes[i];
    if (!lane) return { lane: -1, bar: undefined };
    const height = Math.max(3, (laneHeight - 4) / inRows(lane));
    const row = Math.floor((offsetY + box.scrollTop - i * laneHeight - 2) / height);
    const hit = (bar) => offsetX >= x(bar.waits ?? bar.from) - 2 && offsetX <= Math.max(x(bar.until), x(bar.from ?? bar.until) + 2) + 2;
    return { lane: i, bar: lane.bars.findLast((bar) => bar.row === row && hit(bar)) };
  }

  function reveal(i) {
    const top = i * laneHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + laneHeight > box.scrollTop + canvas.clientHeight) box.scrollTop = top + laneHeight - canvas.clientHeight;
  }

  const open = ({ bar }) => { if (bar) location.assign(`/training-jobs/${encodeURIComponent(bar.run.taskId)}`); };

  canvas.addEventListener('pointermove', (event) => move(at(event)));
  canvas.addEventListener('click', (event) => {
    const place = at(event);
    if (event.offsetX < margin() && lanes[place.lane]?.node) choose(lanes[place.lane].id);
    else open(place);
  });
  canvas.addEventListener('keydown', (event) => {
    const lane = lanes[cursor.lane];
    const step = { ArrowUp: -1, ArrowDown: 1, Home: -lanes.length, End: lanes.length }[event.key];
    if (step !== undefined && lanes.length > 0) {
      const i = Math.min(Math.max(cursor.lane + step, 0), lanes.length - 1);
      inRows(lanes[i]);
      reveal(i);
      move({ lane: i, bar: lanes[i].bars.at(-1) });
    } else if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && lane?.bars.length > 0) {
      const i = lane.bars.indexOf(cursor.bar) + (event.key === 'ArrowLeft' ? -1 : 1);
      move({ lane: cursor.lane, bar: lane.bars[Math.min(Math.max(i, 0), lane.bars.length - 1)] });
    } else if (event.key === 'Enter') {
      open(cursor);
    } else {
      return;
    }
    event.preventDefault();
  });
  box.addEventListener('scroll', draw);

  return {
    /** Shows a timeline of the API and a state of about the same time. */
    update(state, data, zone, names) {
      const before = cursor.bar?.run.taskId;
      const same = lanes[cursor.lane]?.id;
      lanes = lanesOf(state, data, zone, names);
      from = Date.parse(data.from);
      now = Date.parse(data.until);
      const i = same === undefined ? -1 : lanes.findIndex(({ id }) => id === same);
      cursor = { lane: i, bar: lanes[i]?.bars.find(({ run }) => run.taskId === before) };
      layOut();
      draw();
      tell();
      say(byId('timeline-from'), time(data.from));
      say(byId('timeline-to'), data.until === data.from ? '' : time(data.until));
      say(byId('timeline-count'), t('timeline.count',
        { n: number(data.runs.length) }) + (data.runsOmitted > 0 ? t('timeline.omitted', { n: number(data.runsOmitted) }) : ''));
    },
    /** Marks a node and scrolls to its lane. */
    mark(node) {
      chosenNode = node;
      const i = lanes.findIndex(({ id }) => id === node);
      if (i >= 0) reveal(i);
      draw();
    },
    /** Redraws everything in the current colors and width. */
    redraw() {
      colours = kinds();
      layOut();
      draw();
    },
  };
}
