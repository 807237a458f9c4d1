// A chart of a figure that holds for a step at a time. It is our own: the pages are plain files without a build step, a library would
// be copied in, and all it would be asked for is this one staircase.
import { h, say } from './dom.js';
import { between, duration, t, time } from './format.js';

const edge = 6; // of the canvas, above the highest value

/** Gives a canvas as many pixels as it has on the screen, and returns a context that counts in CSS pixels. */
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

/** The least of 1, 2, 5, 10, … that is not below a value. */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value * (1 - 1e-9));
}

/**
 * Makes a chart in a box: its name, the value under the pointer or at the place that the arrow keys have come to, else the last one.
 * format(value) writes a value; most is the highest one on the axis, where it is always the same.
 */
export function chart(box, name, format, most) {
  const value = h('output', { class: 'value' });
  const canvas = h('canvas', { tabindex: 0, role: 'img', 'aria-label': name });
  box.append(h('figure', { class: 'chart' }, h('figcaption', {}, h('span', {}, name), value), canvas));
  let steps = { times: [], until: '', values: [] };
  let marked = -1; // the step whose value is shown
  let starts = []; // of the steps, as parts of the whole

  const last = () => steps.values.length - 1;
  const shown = () => (marked < 0 ? last() : Math.min(marked, last()));

  function tell() {
    const i = shown();
    const from = steps.times[i];
    const until = steps.times[i + 1] ?? steps.until;
    say(value, i < 0 ? t('chart.none')
      : t(marked < 0 ? 'chart.last' : 'chart.at', { value: format(steps.values[i]), time: time(from), duration: duration(between(from, until)) }));
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
    /** Shows values, each from its time to the next one's, the last until the end. */
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
