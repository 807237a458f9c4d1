// The estimated cost and start of the task in the form.
import { call, get, tasksPath } from './api.js';
import { byId, say, sayOrHide } from './dom.js';
import { facts } from './facts.js';
import { between, duration, money, t, time, word } from './format.js';
import { debounce } from './schedule.js';
import { guarded } from './shell.js';
import { drawSuggestions, risk } from './suggestions.js';

// The durations in the source document, in seconds.
const withinExisting = 10;
const withinDynamic = [120, 300];

/** Names the tasks whose place the task would take, after how many there are of each priority. */
function preempted({ preempts, preemptsByPriority }) {
  if (preempts.length === 0) return undefined;
  const counts = Object.entries(preemptsByPriority).filter(([, n]) => n > 0);
  const words = counts.map(([priority, n]) => t('estimate.count', { n, priority: word('priority', priority) }));
  return t('estimate.tasks', { counts: words.join(t('list.comma')), tasks: preempts.join(t('list.comma')) });
}

/** Multiplies an amount of money. */
function times({ amount, currency }, n) {
  const cents = String(BigInt(amount.replace('.', '')) * BigInt(n)).padStart(3, '0');
  return { amount: `${cents.slice(0, -2)}.${cents.slice(-2)}`, currency };
}

/** Returns the text about the start: that of the source document if the forecast agrees with it. */
function startText(mode, estimate, seconds) {
  if (!estimate) return t(`startup.${mode}`);
  if (seconds === undefined) return t('startup.never');
  const queues = estimate.capacity.verdict === 'queues';
  const promised = mode === 'existing' ? Math.round(seconds) <= withinExisting
    : !queues && seconds >= withinDynamic[0] && seconds <= withinDynamic[1];
  if (promised) return t(`startup.${mode}`);
  return t(queues ? 'startup.queued' : 'startup.later', { duration: duration(seconds) });
}

/**
 * Keeps the estimate up to date with the form. read() returns the request, names() the names of a batch, mistake() the error that
 * prevents an estimate; apply(suggestion) is called to apply a suggestion.
 */
export function estimator({ read, names, mistake, zoneName, environmentName, apply }) {
  let asking; // aborts the pending request
  let asked;  // the last request that was answered
  let answered; // its mode

  function drawNothing(text, mode) {
    answered = undefined;
    byId('estimate').removeAttribute('aria-busy');
    say(byId('verdict'), text);
    byId('verdict').className = 'quiet';
    facts(byId('estimate-facts'), []);
    say(byId('startup'), startText(mode));
    sayOrHide(byId('bar'));
    drawSuggestions([], {});
  }

  function drawBar(estimate, seconds, n) {
    const start = seconds === undefined ? t('estimate.never') : t('estimate.soon', { duration: duration(seconds) });
    sayOrHide(byId('bar'), `${money(n > 1 ? times(estimate.cost.median, n) : estimate.cost.median)} · ${start}`);
  }

  function drawEstimate(request, estimate, now) {
    byId('estimate').removeAttribute('aria-busy');
    const { cost, capacity, startTime, finishTime } = estimate;
    const seconds = startTime.median && between(now, startTime.median);
    const n = names()?.length ?? 1;
    const queues = capacity.verdict === 'queues';
    const at = (iso) => t('estimate.in', { duration: duration(between(now, iso)), time: time(iso) });
    say(byId('verdict'), queues || estimate.preempts.length > 0 ? capacity.message
      : t(`verdict.${capacity.verdict}`, { n: capacity.wantedGpus, tasks: capacity.sharedWith ?? 0 }));
    byId('verdict').className = queues || estimate.preempts.length > 0 ? 'note warn' : 'note good';
    facts(byId('estimate-facts'), [
      [t('estimate.preempts'), preempted(estimate)],
      [t('estimate.risk'), risk(estimate)],
      [t('estimate.room'), queues && capacity.zonesWithRoom.map(zoneName).join(', ')],
      [t('estimate.start'), startTime.median ? at(startTime.median) : t('estimate.never')],
      [t('estimate.latest'), startTime.p90 && time(startTime.p90) !== time(startTime.median) && at(startTime.p90)],
      [t('estimate.position'), estimate.queuePosition && String(estimate.queuePosition)],
      [t('estimate.finish'), finishTime.median && at(finishTime.median)],
      [t('estimate.cost'), money(cost.median)],
      [t('estimate.range'), `${money(cost.low)} – ${money(cost.high)}`],
      [t('estimate.hourly'), t('price.hour', { price: money(estimate.hourlyPrice) })],
      [t('estimate.batch', { n }), n > 1 && money(times(cost.median, n))],
    ]);
    say(byId('startup'), startText(request.launchMode, estimate, seconds));
    drawBar(estimate, seconds, n);
    return drawSuggestions(estimate.suggestions, { endless: !finishTime.median, zoneName, environmentName, apply });
  }

  async function ask() {
    asking?.abort();
    const request = read();
    const wrong = mistake(request);
    if (wrong) {
      asked = undefined;
      drawNothing(t('estimate.first', { mistake: wrong.message }), request.launchMode);
      return;
    }
    const { signal } = asking = new AbortController();
    // Name, description and labels don't affect the estimate, so errors in them don't matter.
    const body = { ...request, taskName: '-', description: undefined, labels: undefined };
    try {
      const [answer, clock] = await Promise.all([
        call('POST', `${tasksPath}/estimate`, { body, signal, patient: true }), get('/sim/v1/clock', { signal }),
      ]);
      if (signal.aborted) return;
      [asked, answered] = [key(request), request.launchMode];
      await drawEstimate(request, answer.data, clock.data.now);
    } catch (error) {
      if (error.name === 'AbortError') return;
      asked = undefined;
      drawNothing(error.message, request.launchMode);
    }
  }

  const key = (request) => JSON.stringify([request, names()?.length]);
  const soon = debounce(guarded(ask), 250);
  return {
    /** Requests an estimate if the form has changed. */
    draw() {
      const request = read();
      // The other mode's estimate no longer applies.
      if (request.launchMode !== answered) say(byId('startup'), startText(request.launchMode));
      if (key(request) === asked) return;
      byId('estimate').setAttribute('aria-busy', 'true');
      soon();
    },
    /** Requests an estimate again because the cluster has changed. */
    again: debounce(guarded(ask), 1000),
  };
}
