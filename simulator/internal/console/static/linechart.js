// Line charts in SVG. Values can be read with the pointer, the arrow keys and in a table.
import { h, keyed, say } from './dom.js';
import { t } from './format.js';

const namespace = 'http://www.w3.org/2000/svg';
const height = 160;
const top = 8;
const bottom = 20; // space for the labels of the horizontal axis
const letter = 7; // maximum width of a letter in pixels

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Returns about as many round values for an axis from low to high. */
export function ticks(low, high, about = 4) {
  const span = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / about));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => span / n <= about);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * Creates a chart in a figure. title is its name; xName, xText(x) and yText(y) describe values; zero starts the vertical axis at
 * 0; stairs draws values that hold until the next one. Returns draw(xs, lines, [from, to]): the positions in ascending order, the
 * lines as {name, ys, kind}, where a missing y is a gap and kind is a CSS class, and the range of the horizontal axis.
 */
export function lineChart(figure, { title, xName, xText, yText, zero = false, stairs = false }) {
  const readout = h('span', { class: 'readout' });
  const picture = svg('svg', { role: 'img', tabindex: 0, height });
  const head = h('tr');
  const body = h('tbody');
  const values = h('details', { toggle: () => drawTable() }, h('summary', {}, t('chart.values')),
    h('div', { class: 'values', tabindex: 0, role: 'group', 'aria-label': title },
      h('table', {}, h('caption', { class: 'unseen' }, title), h('thead', {}, head), body)));
  figure.replaceChildren(h('figcaption', {}, h('strong', {}, title), readout), picture, values);

  let data = { xs: [], lines: [], span: [0, 1] };
  let at; // the selected point; undefined shows the last one
  let placeX, placeY, cursor;

  const named = (i) => data.lines.filter(({ ys }) => ys[i] !== undefined)
    .map(({ name, ys }) => (data.lines.length > 1 ? `${name} ${yText(ys[i])}` : yText(ys[i]))).join(' · ');

  function drawCursor() {
    const i = at ?? data.xs.length - 1;
    say(readout, i < 0 ? '' : `${xText(data.xs[i])} · ${named(i)}`);
    cursor.replaceChildren();
    if (at === undefined || i < 0) return;
    const x = placeX(data.xs[i]);
    cursor.append(svg('line', { class: 'cursor', x1: x, x2: x, y1: top, y2: height - bottom }));
    for (const { ys, kind } of data.lines) {
      if (ys[i] !== undefined) cursor.append(svg('circle', { class: `dot ${kind ?? ''}`, cx: x, cy: placeY(ys[i]), r: 4 }));
    }
  }

  function path({ ys }) {
    let text = '';
    let before; // the previous point, unless there is a gap
    data.xs.forEach((x, i) => {
      if (ys[i] === undefined) {
        before = undefined;
        return;
      }
      const [px, py] = [placeX(x).toFixed(1), placeY(ys[i]).toFixed(1)];
      if (before === undefined) text += `M${px} ${py}`;
      else text += stairs ? `H${px}V${py}` : `L${px} ${py}`;
      before = i;
    });
    return text;
  }

  function drawPicture() {
    const width = picture.clientWidth;
    if (width === 0) return; // not visible yet; the observer calls again
    const all = data.lines.flatMap(({ ys }) => ys).filter((y) => y !== undefined);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const marks = ticks(zero || all.length === 0 ? 0 : low, all.length === 0 ? 1 : high);
    const left = 8 + letter * Math.max(...marks.map((y) => yText(y).length));
    const [from, to] = data.span;
    placeX = (x) => left + ((x - from) / (to - from || 1)) * (width - left - 6);
    placeY = (y) => height - bottom - ((y - marks[0]) / (marks.at(-1) - marks[0])) * (height - bottom - top);
    const children = marks.map((y) => svg('g', {},
      svg('line', { class: 'grid', x1: left, x2: width, y1: placeY(y), y2: placeY(y) }),
      svg('text', { x: left - 6, y: placeY(y) + 4, 'text-anchor': 'end' }, yText(y))));
    if (data.xs.length > 0) {
      children.push(svg('text', { x: left, y: height - 4 }, xText(from)),
        svg('text', { x: width - 2, y: height - 4, 'text-anchor': 'end' }, xText(to)));
    }
    for (const line of data.lines) children.push(svg('path', { class: `line ${line.kind ?? ''}`, d: path(line) }));
    cursor = svg('g', {});
    picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
    picture.setAttribute('aria-label', all.length === 0 ? title : t('chart.label', {
      title, from: xText(data.xs[0]), to: xText(data.xs.at(-1)), low: yText(low), high: yText(high), last: named(data.xs.length - 1),
    }));
    picture.replaceChildren(...children, cursor);
    drawCursor();
  }

  function drawTable() {
    if (!values.open) return;
    head.replaceChildren(h('th', { scope: 'col' }, xName), ...data.lines.map(({ name }) => h('th', { scope: 'col' }, name)));
    keyed(body, data.xs.map((x, i) => [x, i]), ([x]) => x, () => h('tr'), (row, [x, i]) => {
      const texts = [xText(x), ...data.lines.map(({ ys }) => (ys[i] === undefined ? '–' : yText(ys[i])))];
      if (row.children.length !== texts.length)
        row.replaceChildren(...texts.map((_, n) => h(n === 0 ? 'th' : 'td', n === 0 ? { scope: 'row' } : {})));
      texts.forEach((text, n) => say(row.children[n], text));
    });
  }

  function point(i) {
    at = i;
    if (cursor) drawCursor();
  }

  picture.addEventListener('pointermove', ({ clientX }) => {
    if (data.xs.length === 0 || !placeX) return;
    const x = clientX - picture.getBoundingClientRect().left;
    let nearest = 0;
    data.xs.forEach((value, i) => { if (Math.abs(placeX(value) - x) < Math.abs(placeX(data.xs[nearest]) - x)) nearest = i; });
    point(nearest);
  });
  picture.addEventListener('pointerleave', () => point(undefined));
  picture.addEventListener('focus', () => readout.setAttribute('aria-live', 'polite'));
  picture.addEventListener('blur', () => {
    readout.removeAttribute('aria-live');
    point(undefined);
  });
  picture.addEventListener('keydown', (event) => {
    const last = data.xs.length - 1;
    const now = at ?? last;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    point(Math.min(last, Math.max(0, to)));
  });
  new ResizeObserver(drawPicture).observe(picture);

  return function draw(xs, lines, span = [xs[0] ?? 0, xs.at(-1) ?? 1]) {
    data = { xs, lines, span };
    if (at >= xs.length) at = undefined;
    drawPicture();
    drawTable();
  };
}
