// Utilisation over virtual time, as far as this tab has seen it.

const key = 'fermi-utilization';
const most = 600;

/** Draws the share of GPUs in use on a canvas. */
export function chart(canvas) {
  const context = canvas.getContext('2d');
  let points = JSON.parse(sessionStorage.getItem(key) ?? '[]'); // [milliseconds, share]

  function draw() {
    const scale = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = canvas;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    if (points.length === 0) return;
    const style = getComputedStyle(canvas);
    const from = points[0][0];
    const span = Math.max(1, points.at(-1)[0] - from);
    const x = (t) => ((t - from) / span) * width;
    const y = (share) => height - 2 - share * (height - 6);
    context.strokeStyle = style.borderBottomColor;
    context.lineWidth = 1;
    for (const share of [0.25, 0.5, 0.75, 1]) {
      context.beginPath();
      context.moveTo(0, y(share));
      context.lineTo(width, y(share));
      context.stroke();
    }
    // A share holds until the next one: the line is a staircase.
    context.beginPath();
    context.moveTo(0, y(points[0][1]));
    for (let i = 1; i < points.length; i++) {
      context.lineTo(x(points[i][0]), y(points[i - 1][1]));
      context.lineTo(x(points[i][0]), y(points[i][1]));
    }
    if (points.length === 1) context.lineTo(width, y(points[0][1]));
    context.strokeStyle = style.color;
    context.lineWidth = 2;
    context.stroke();
    context.lineTo(width, height);
    context.lineTo(0, height);
    context.globalAlpha = 0.15;
    context.fillStyle = style.color;
    context.fill();
    context.globalAlpha = 1;
  }

  return {
    draw,
    /** Notes the share at a time. Time that went back is another world. */
    add(time, share) {
      const t = Date.parse(time);
      if (points.length > 0 && t < points.at(-1)[0]) points = [];
      if (points.at(-1)?.[0] === t) points.pop();
      const [before, last] = points.slice(-2);
      if (last && before && last[1] === share && before[1] === share) points.pop();
      points.push([t, share]);
      if (points.length > most) points.splice(0, points.length - most);
      sessionStorage.setItem(key, JSON.stringify(points));
      draw();
    },
  };
}
