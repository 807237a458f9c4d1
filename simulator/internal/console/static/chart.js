// A step chart. It is our own because the pages are plain files without a build step: a library would have to be copied
// in for this single kind of chart.
import { h, say } from './dom.js';
import { between, duration, t, time } from './format.js';

const edge = 6; // of the canvas, above the highest value

/** Sets a canvas to its size in device pixels. Returns a context that uses CSS pixels. */
export function fitted(canvas) {
  const scale = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext('2d');
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Returns the smallest of 1, 2, 5, 10, … that is at least a value. */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value * (1 - 1e-9));
}

/**
 * Creates a chart in a box: a name and the value under the pointer or at the position of the arrow keys, by default the last one.
 * format(value) formats a value; most is the maximum of the axis if it is fixed.
 */
export function chart(box, name, format, most) {
  const value = h('output', { class: 'value' });
  const canvas = h('canvas', { tabindex: 0, role: 'img', 'aria-label': name });
  box.append(h('figure', { class: 'chart' }, h('figcaption', {}, h('span', {}, name), value), canvas));
  let steps = { times: [], until: '', values: [] };
  let marked = -1; // the index of the step whose value is shown
  let starts = []; // the start of each step as a fraction of the whole

  const last = () => steps.values.length - 1;
  const shown = () => (marked < 0 ? last() : Math.min(marked, last()));

  function tell() {
    const i = shown();
    const from = steps.times[i];
    const until = steps.times[i + 1] ?? steps.until;
    say(value, i < 0 ? t('chart.none')
      : t(marked < 0 ? 'chart.last' : 'chart.at',
        { value: format(steps.values[i]), time: time(from), duration: duration(between(from, until)) }));
    canvas.setAttribute('aria-label', `${name}: ${value.textContent}`);
  }

  function draw() {
    const { context, width, height } = fitted(canvas);
    const style = getComputedStyle(canvas);
    const top = most ?? round(Math.max(...steps.values, 1e-9) || 1);
    const x = (i) => (i > last() ? width : starts[i] * width);
    const y = (v) => height - 1 - (v / top) * (height - edge);
    context.lineWidth = 1;
    context.strokeStyle = style.borderBottomColor;
    context.beginPath();
    for (const part of [0.5, 1]) {
      context.moveTo(0, y(part * top));
      context.lineTo(width, y(part * top));
    }
    context.stroke();
    if (last() < 0) return;
    context.beginPath();
    steps.values.forEach((v, i) => { context.lineTo(x(i), y(v)); context.lineTo(x(i + 1), y(v)); });
    context.strokeStyle = style.color;
    context.lineWidth = 2;
    context.stroke();
    context.lineTo(width, height);
    context.lineTo(0, height);
    context.globalAlpha = 0.15;
    context.fillStyle = style.color;
    context.fill();
    context.globalAlpha = 1;
    context.fillStyle = style.outlineColor;
    context.font = `12px ${style.fontFamily}`;
    context.textBaseline = 'top';
    context.fillText(format(top), 2, y(top) + 2);
    if (marked < 0) return;
    const i = shown();
    context.fillRect((x(i) + x(i + 1)) / 2, 0, 1, height);
  }

  function mark(i) {
    const to = i < 0 ? -1 : Math.min(i, last());
    if (to === marked) return;
    marked = to;
    tell();
    draw();
  }

  canvas.addEventListener('pointermove', ({ offsetX }) => mark(starts.findLastIndex((start) => start * canvas.clientWidth <= offsetX)));
  canvas.addEventListener('pointerleave', () => mark(-1));
  canvas.addEventListener('blur', () => mark(-1));
  canvas.addEventListener('keydown', (event) => {
    const to = { ArrowLeft: shown() - 1, ArrowRight: shown() + 1, Home: 0, End: last() }[event.key];
    if (to === undefined || last() < 0) return;
    event.preventDefault();
    mark(Math.max(0, to));
  });

  return {
    draw,
    /** Shows values. Each one holds from its time until the next, the last one until the end. */
    update(values, times, until) {
      steps = { values, times, until };
      const first = Date.parse(times[0]);
      const span = Date.parse(until) - first;
      starts = times.map((at) => (Date.parse(at) - first) / span);
      tell();
      draw();
    },
  };
}
