// Loads that go on until they succeed.
import { t } from './format.js';
import { showTrouble } from './messages.js';

const first = 500;
const slowest = 10_000;
const failing = new Map(); // the message of each load that has failed and is tried again

function draw() {
  const [message] = failing.values();
  showTrouble(message && t('retrying', { message }));
}

/** Resolves after a time, and rejects as soon as the signal aborts. */
function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => { clearTimeout(timer); reject(signal.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener('abort', stop); resolve(); }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Runs an attempt until it succeeds, or fails for good: its error has no transient. It waits half a second and then ever longer, up
 * to ten seconds, as long as the server asks for. Meanwhile the page says what is wrong; it stops saying so once every load
 * has succeeded or was given up.
 */
export async function patiently(attempt, signal) {
  const load = {};
  try {
    for (let pause = first; ; pause = Math.min(2 * pause, slowest)) {
      try {
        return await attempt();
      } catch (error) {
        if (!error.transient) throw error;
        failing.set(load, error.message);
        draw();
        await sleep(Math.min(Math.max(pause, error.retryAfter ?? 0), slowest), signal);
      }
    }
  } finally {
    if (failing.delete(load)) draw();
  }
}
