// The nodes of a type in a zone, with a square for each GPU. They are drawn on one canvas, so that the page has few
// elements however many nodes there are.

const gap = 1;
const between = 5; // space between nodes

/** Returns the state of each GPU of a node: free, held by a task, held by other users, draining or failed. */
export function statesOf(node) {
  return node.gpus.map((holder) => {
    if (node.state === 'failed') return 'failed';
    if (holder !== '') return holder === 'background' ? 'background' : 'held';
    return node.state === 'draining' ? 'draining' : 'free';
  });
}

// The part of the square to leave empty, as [left, top, width, height], so that states can be distinguished without
// color.
const openings = {
  free: (size) => [1, 1, size - 2, size - 2],
  held: () => [0, 0, 0, 0],
  background: (size) => [size / 2 - 1, size / 2 - 1, 2, 2],
  draining: (size) => [1, 1, size - 2, size / 2 - 1],
  failed: (size) => [2, size / 2 - 1, size - 4, 2],
};

function drawGPU(context, state, left, top, size, colour) {
  context.fillStyle = colour;
  context.fillRect(left, top, size, size);
  const [x, y, width, height] = openings[state](size);
  context.clearRect(left + x, top + y, width, height);
}

/** Sets a canvas to its size in device pixels. Returns a context that uses CSS pixels. */
function sized(canvas, width, height) {
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d').setTransform(scale, 0, 0, scale, 0, 0);
}

/** Draws the legend and returns its colors, which depend on the theme. */
export function legend() {
  const colours = {};
  for (const swatch of document.querySelectorAll('.swatch')) {
    const { state } = swatch.dataset;
    colours[state] = getComputedStyle(swatch).color;
    sized(swatch, 12, 12);
    drawGPU(swatch.getContext('2d'), state, 0, 0, 12, colours[state]);
  }
  colours.mark = getComputedStyle(document.body).color;
  return colours;
}

/**
 * Draws a pool of nodes on a canvas. Calls glance(node) for the node under the pointer, and choose(node) for one that is clicked
 * or reached by keyboard; chosen() returns the id of the selected node.
 */
export function pool(canvas, { glance, choose, chosen: chosenID, colours }) {
  const context = canvas.getContext('2d', { alpha: true });
  let nodes = [];
  let drawn = []; // the current contents of the canvas, to redraw only what changed
  let square = 8;
  let columns = 1;
  let pointed = -1; // index of the node under the pointer or reached by keyboard

  const perRow = () => Math.max(1, Math.ceil((nodes[0]?.gpus.length ?? 1) / 2));
  const width = () => perRow() * (square + gap) + between;
  const height = () => 2 * (square + gap) + between;
  const isMarked = (i) => i === pointed || nodes[i].id === chosenID();
  const keyOf = (node, i) => `${node.states.join()}${node.state}${isMarked(i)}`;

  function drawNode(i) {
    const node = nodes[i];
    const x = (i % columns) * width() + 1;
    const y = Math.floor(i / columns) * height() + 1;
    context.clearRect(x - 1, y - 1, width(), height());
    node.states.forEach((state, gpu) => {
      const left = x + (gpu % perRow()) * (square + gap);
      const top = y + Math.floor(gpu / perRow()) * (square + gap);
      drawGPU(context, state, left, top, square, colours()[state]);
    });
    if (!isMarked(i) && node.state !== 'draining') return;
    context.strokeStyle = colours()[isMarked(i) ? 'mark' : 'draining'];
    context.lineWidth = isMarked(i) ? 2 : 1;
    context.strokeRect(x, y, width() - between - gap, height() - between - gap);
  }

  function layOut() {
    const available = canvas.clientWidth;
    square = nodes.length > 50 ? 8 : 12;
    columns = Math.max(1, Math.floor(available / width()));
    const tall = Math.ceil(nodes.length / columns) * height();
    sized(canvas, available, tall);
    canvas.style.height = `${tall}px`;
    drawn = [];
  }

  function draw() {
    nodes.forEach((node, i) => {
      const key = keyOf(node, i);
      if (drawn[i] === key) return;
      drawNode(i);
      drawn[i] = key;
    });
  }

  function move(to, tell) {
    if (nodes.length === 0) return;
    pointed = Math.min(Math.max(to, 0), nodes.length - 1);
    draw();
    tell(nodes[pointed]);
  }

  function at({ offsetX, offsetY }) {
    const column = Math.floor(offsetX / width());
    const i = Math.floor(offsetY / height()) * columns + column;
    return column < columns && i < nodes.length ? i : -1;
  }

  const away = () => { pointed = -1; draw(); };
  canvas.addEventListener('pointermove', (event) => { if (at(event) >= 0 && at(event) !== pointed) move(at(event), glance); });
  canvas.addEventListener('pointerleave', () => { if (document.activeElement !== canvas) away(); });
  canvas.addEventListener('click', (event) => { if (at(event) >= 0) move(at(event), choose); });
  canvas.addEventListener('focus', () => { if (pointed < 0) move(Math.max(0, nodes.findIndex(({ id }) => id === chosenID())), glance); });
  canvas.addEventListener('blur', away);
  canvas.addEventListener('keydown', (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -nodes.length, End: nodes.length };
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(pointed + steps[event.key], choose);
  });

  return {
    draw,
    /** Shows the nodes' current states. */
    update(now) {
      const moved = now.length !== nodes.length;
      nodes = now;
      if (moved) layOut();
      draw();
    },
    /** Redraws everything in the current colors and width. */
    redraw() {
      layOut();
      draw();
    },
  };
}
