// Replacing the world, or resetting it.
import { call } from './api.js';
import { byId, h } from './dom.js';
import { t } from './format.js';
import { confirmed, guarded, tell } from './shell.js';

/** Lets the user load a scenario or reset the world. Calls replaced() afterwards. */
export function scenario(replaced) {
  const text = byId('scenario-text');
  const button = byId('scenario-load');
  const problems = byId('scenario-problems');

  const ready = () => { button.disabled = text.value.trim() === ''; };
  text.addEventListener('input', ready);
  ready();
  byId('scenario-file').addEventListener('change', guarded(async ({ target }) => {
    if (target.files.length === 0) return;
    text.value = await target.files[0].text();
    target.value = ''; // so that selecting the same file again is a change
    ready();
  }));

  button.addEventListener('click', guarded(async () => {
    problems.replaceChildren();
    if (!await confirmed(t('scenario.really'), t('scenario.load'))) return;
    try {
      await call('PUT', '/sim/v1/scenario', { body: text.value, headers: { 'Content-Type': 'application/yaml' } });
    } catch (error) {
      if (error.reason !== 'SCENARIO_INVALID') throw error;
      problems.replaceChildren(...error.details.problems
        .map(({ line, column, path, message }) => h('li', {}, `${line}:${column}: ${path ? `${path}: ` : ''}${message}`)));
      return;
    }
    tell('good', t('scenario.loaded'));
    await replaced();
  }));

  byId('reset').addEventListener('click', guarded(async () => {
    if (!await confirmed(t('reset.really'), t('reset'))) return;
    if (!await confirmed(t('reset.sure'), t('reset.yes'))) return;
    await call('POST', '/sim/v1/reset');
    tell('good', t('reset.done'));
    await replaced();
  }));
}
