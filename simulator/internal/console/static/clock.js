// The simulated clock and what moves it.
import { call, get } from './api.js';
import { byId, options, say } from './dom.js';
import { between, duration, t, time, word } from './format.js';
import { guarded } from './shell.js';

const path = '/sim/v1/clock';
const speeds = [1, 10, 60, 600, 3600];

/** Creates the clock. Calls moved() after a button has changed the time. */
export function clock({ moved }) {
  let now;

  function draw(data) {
    now = data;
    say(byId('clock-now'), time(data.now));
    byId('clock-now').dateTime = data.now;
    say(byId('clock-mode'), data.mode === 'realtime' ? `× ${data.speed}` : word('mode', data.mode));
    byId('clock-pause').title = data.mode === 'manual' ? t(`clock.run.${data.moving}`) : '';
    say(byId('clock-pause'), t(data.mode === 'manual' ? 'clock.run' : 'clock.pause'));
    options(byId('clock-speed'), [...new Set([...speeds, data.speed])].sort((a, b) => a - b).map((n) => [String(n), `× ${n}`]));
    if (document.activeElement !== byId('clock-speed')) byId('clock-speed').value = String(data.speed);
    byId('clock-step').disabled = !data.next;
    say(byId('clock-next'), data.next ? t('clock.next', { duration: duration(between(data.now, data.next)), time: time(data.next) })
      : t('clock.nothing'));
  }

  const put = (body) => call('PUT', path, { body }).then(({ data }) => draw(data));

  async function advance(button, body) {
    button.disabled = true;
    let answer;
    try {
      answer = await call('POST', `${path}/advance`, { body });
    } finally {
      button.disabled = false;
    }
    draw(answer.data); // also updates whether another step is possible
    moved();
  }

  byId('clock-pause').addEventListener('click', guarded(() => put({ mode: now.mode === 'manual' ? now.moving : 'manual' })));
  byId('clock-speed').addEventListener('change', guarded(({ target }) => put({ speed: Number(target.value) })));
  byId('clock-step').addEventListener('click', guarded(({ target }) => advance(target, { to: now.next })));
  for (const button of document.querySelectorAll('[data-by], [data-until]')) {
    const { by, until } = button.dataset;
    button.addEventListener('click', guarded(() => advance(button, by ? { by } : { until })));
  }

  return {
    /** Shows the clock and returns its time. */
    async refresh() {
      const { data } = await get(path);
      draw(data);
      return data.now;
    },
  };
}
