// Loading with retries.
import { t } from './format.js';
import { showProblem } from './messages.js';

const first = 500;
const slowest = 10_000;
const failing = new Map(); // the error messages of loads that are being retried

function draw() {
  const [message] = failing.values();
  showProblem(message && t('retrying', { message }));
}

/** Resolves after a delay. Rejects as soon as the signal aborts. */
function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => { clearTimeout(timer); reject(signal.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener('abort', stop); resolve(); }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Runs attempt until it succeeds or fails with an error that is not transient. The delay grows from half a second to ten seconds,
 * or is what the server asks for. Meanwhile the page shows the error, until every load has succeeded or was given up.
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
