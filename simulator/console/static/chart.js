// Utilisation over virtual time, as far as this tab has seen it.
import { say } from './dom.js';
import { percent, time } from './format.js';

const key = 'fermi-utilization';
const most = 600;

/** Draws the share of GPUs in use on a canvas, and says from when to when. */
export function chart(canvas, from, to) {
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
    const [first, last] = [points[0][0], points.at(-1)[0]];
    say(from, time(new Date(first).toISOString()));
    say(to, last > first ? time(new Date(last).toISOString()) : '');
    const span = Math.max(1, last - first);
    const x = (t) => ((t - first) / span) * width;
    const y = (share) => height - 2 - share * (height - 6);
    context.strokeStyle = style.borderBottomColor;
    const label = getComputedStyle(from);
    context.fillStyle = label.color;
    context.font = `${label.fontSize} ${label.fontFamily}`;
    context.lineWidth = 1;
    for (const share of [0.25, 0.5, 0.75, 1]) {
      context.beginPath();
      context.moveTo(0, y(share));
      context.lineTo(width, y(share));
      context.stroke();
      if (share % 0.5 === 0) context.fillText(percent(share), 0, y(share) + 16);
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
    add(at, share) {
      const t = Date.parse(at);
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
