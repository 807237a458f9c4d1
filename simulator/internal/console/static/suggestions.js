// Alternatives that are cheaper or sooner.
import { byId, h, keyed, say } from './dom.js';
import { duration, money, percent, t } from './format.js';
import { guarded } from './shell.js';

/** Describes what a preemptible task risks, in an estimate or in an alternative. */
export function risk({ preemptionRisk, preemptionLoss }) {
  if (preemptionRisk === undefined) return undefined;
  if (preemptionRisk === 0) return t('risk.none');
  const values = { risk: percent(preemptionRisk), duration: duration(preemptionLoss ?? 0) };
  return t(preemptionLoss === undefined ? 'risk.all' : 'risk.some', values);
}

/** Describes what an alternative saves, costs and risks. If the original never ends, the time saved is unknown. */
function effects(suggestion, endless) {
  const { saving } = suggestion;
  const { amount, currency, seconds } = saving;
  const price = { amount: amount.replace('-', ''), currency };
  const changes = [
    Number(amount) !== 0 && [Number(amount), t(Number(amount) > 0 ? 'saves.money' : 'costs.money', { price: money(price) })],
    endless ? [1, t('saves.end')] : Math.abs(seconds) >= 1 &&
      [seconds, t(seconds > 0 ? 'saves.time' : 'costs.time', { duration: duration(Math.abs(seconds)) })],
  ].filter(Boolean);
  const texts = changes.sort(([a], [b]) => (b > 0) - (a > 0)).map(([, text]) => text);
  return [...texts, risk(suggestion)].filter(Boolean).join(t('comma'));
}

/** Reports whether an alternative is cheaper or sooner by what the page shows. */
const better = ({ saving }) => Number(saving.amount) > 0 || saving.seconds >= 1;

/** Returns the part of the price that an alternative saves. */
const partSaved = ({ saving, cost }) => Number(saving.amount) / (Number(saving.amount) + Number(cost.amount));

const change = {
  availability_zone: (s, { zone }) => t('suggestion.zone', { zone }),
  gpu_type: (s, { zone }) => t('suggestion.gpuType', { type: s.resourceConfig.gpuType, zone }),
  gpu_count: (s) => t('suggestion.gpuCount', { n: s.resourceConfig.gpuCount }),
  environment: (s, { environment }) => t('suggestion.environment', { environment }),
  launch_mode: (s, { zone }) => t('suggestion.dynamic', { zone }),
  preemptible: (s) => t('suggestion.preemptible', { part: percent(partSaved(s)) }),
};

/** Lists alternatives and what each saves. Calls apply(suggestion) to apply one. */
export async function drawSuggestions(suggestions, { endless, zoneName, environmentName, apply }) {
  const box = byId('suggestions');
  const turn = box.dataset.turn = String(Number(box.dataset.turn ?? 0) + 1);
  const found = suggestions.filter(better);
  const environments = await Promise.all(found.map((s) => s.environmentId && environmentName(s.environmentId)));
  if (box.dataset.turn !== turn) return; // a newer list was drawn meanwhile
  box.hidden = found.length === 0;
  keyed(byId('suggestion-list'), found.map((s, i) => ({ s, environment: environments[i] })),
    ({ s }) => JSON.stringify([s.kind === 'preemptible', s.launchMode, s.environmentId, s.resourceConfig]),
    () => h('li', {}, h('span'), h('button', { type: 'button' }, t('apply'))),
    (item, { s, environment }) => {
      const zone = s.resourceConfig && zoneName(s.resourceConfig.availabilityZone);
      const what = change[s.kind]?.(s, { zone, environment }) ?? s.kind;
      say(item.querySelector('span'), t('suggestion', { what, effects: effects(s, endless) }));
      const button = item.querySelector('button');
      button.setAttribute('aria-label', `${t('apply')}: ${what}`);
      button.onclick = guarded(() => apply(s));
    });
}
