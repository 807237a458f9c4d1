// What the form asks for, what it would cost and when it would start, and what else would do.
import { call, get, tasksPath } from './api.js';
import { byId, h, keyed, say } from './dom.js';
import { facts } from './facts.js';
import { between, duration, money, number, t, time } from './format.js';
import { mistake } from './form.js';
import { preamble, resourceBlock } from './hcl.js';
import { debounce } from './schedule.js';
import { guarded } from './shell.js';

/** Calls apply(suggestion) when a suggestion is taken. */
export function summary({ read, environment, zoneName, apply }) {
  let asking; // aborts the question that is being asked
  let asked;  // the last answered question

  function drawForm(request) {
    const e = environment();
    const existing = request.launchMode === 'existing';
    const c = existing ? e : request.resourceConfig;
    facts(byId('summary'), [
      [t('field.mode'), t(`mode.${request.launchMode}`)],
      [t('field.environment'), existing && (e?.name ?? t('none.chosen'))],
      [t('field.zone'), c && (c.availabilityZone ? zoneName(c.availabilityZone) : t('none.chosen'))],
      ['GPU', c && c.gpuCount && `${c.gpuCount} × ${c.gpuType}`],
      ['CPU', c && c.cpuCores && t('cores', { n: number(c.cpuCores) })],
      [t('field.memory'), c && c.memory && t('gigabytes', { n: number(c.memory) })],
      [t('field.image'), c && c.image],
    ]);
    say(byId('startup'), t(`startup.${request.launchMode}`));
    say(byId('terraform'), `${preamble('token' in document.documentElement.dataset ? t('terraform.token') : '')}\n${resourceBlock(request)}`);
  }

  function drawNothing(text) {
    byId('estimate').removeAttribute('aria-busy');
    say(byId('verdict'), text);
    byId('verdict').className = 'quiet';
    facts(byId('estimate-facts'), []);
    byId('suggestions').hidden = true;
  }

  function drawEstimate(estimate, now) {
    byId('estimate').removeAttribute('aria-busy');
    const { cost, capacity, startTime, finishTime } = estimate;
    say(byId('verdict'), capacity.message);
    byId('verdict').className = capacity.verdict === 'queues' ? 'note warn' : 'note good';
    facts(byId('estimate-facts'), [
      [t('estimate.room'), capacity.verdict === 'queues' && capacity.zonesWithRoom.map(zoneName).join(', ')],
      [t('estimate.start'), startTime.median ? t('estimate.in', { duration: duration(between(now, startTime.median)), time: time(startTime.median) }) : t('estimate.never')],
      [t('estimate.latest'), time(startTime.p90) !== time(startTime.median) && time(startTime.p90)],
      [t('estimate.position'), estimate.queuePosition && String(estimate.queuePosition)],
      [t('estimate.finish'), finishTime.median && t('estimate.after', { duration: duration(between(now, finishTime.median)), time: time(finishTime.median) })],
      [t('estimate.cost'), money(cost.median)],
      [t('estimate.range'), `${money(cost.low)} – ${money(cost.high)}`],
      [t('estimate.hourly'), t('price.hour', { price: money(estimate.hourlyPrice) })],
    ]);
    byId('suggestions').hidden = estimate.suggestions.length === 0;
    keyed(byId('suggestion-list'), estimate.suggestions, (s) => JSON.stringify([s.launchMode, s.environmentId, s.resourceConfig]),
      () => h('li', {}, h('span'), h('button', { type: 'button' }, t('apply'))),
      (item, s) => {
        say(item.querySelector('span'), s.message);
        item.querySelector('button').onclick = guarded(() => apply(s));
      });
  }

  async function estimate() {
    asking?.abort();
    const request = read();
    const wrong = mistake(request, { nameless: true });
    if (wrong) {
      asked = undefined;
      drawNothing(t('estimate.first', { mistake: wrong.message }));
      return;
    }
    // The name has no influence on the answer, which need not wait for one.
    const body = { ...request, taskName: request.taskName || '-' };
    const { signal } = asking = new AbortController();
    try {
      const [answer, clock] = await Promise.all([call('POST', `${tasksPath}/estimate`, { body, signal }), get('/sim/v1/clock', { signal })]);
      drawEstimate(answer.data, clock.data.now);
      asked = JSON.stringify(request);
    } catch (error) {
      if (error.name === 'AbortError') return;
      asked = undefined;
      drawNothing(error.message);
    }
  }

  const soon = debounce(guarded(estimate), 250);
  return {
    draw() {
      const request = read();
      if (!request.launchMode) return; // nothing is known of the environments yet
      drawForm(request);
      if (JSON.stringify(request) === asked) return;
      byId('estimate').setAttribute('aria-busy', 'true');
      soon();
    },
    /** Asks again, since the cluster has changed. */
    again: debounce(guarded(estimate), 1000),
  };
}
