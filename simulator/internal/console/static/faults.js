// Injected faults of the simulated API.
import { all, call } from './api.js';
import { byId, h, keyed, say, sayOrHide } from './dom.js';
import { number, percent, t } from './format.js';
import { guarded } from './shell.js';

const path = '/sim/v1/faults';
const figures = ['status', 'count', 'probability'];

/** Describes a fault in words. */
function words({ method, path: where, status, delay, cut, count, probability, hits }) {
  const does = [delay && t('fault.delays', { delay }), status && t('fault.answers', { status }), cut && t(`fault.cuts.${cut}`)]
    .filter(Boolean);
  const when = [probability !== undefined && percent(probability),
    count !== undefined ? t('fault.hits.of', { hits: number(hits), count: number(count) }) : t('fault.hits', { hits: number(hits) })];
  return `${[method ?? t('any'), where].filter(Boolean).join(' ')} → ${does.join(', ')} · ${when.filter(Boolean).join(' · ')}`;
}

/** Creates the list of faults, with controls to add and remove them. */
export function faults() {
  const form = byId('fault-form');
  const list = byId('fault-list');

  async function load() {
    const found = await all(path);
    keyed(list, found, ({ id }) => id,
      ({ id }) => h('li', {}, h('span'), h('button',
        { type: 'button', 'aria-label': t('fault.remove', { id }), click: remove(`${path}/${encodeURIComponent(id)}`) }, t('delete'))),
      (item, fault) => say(item.firstChild, words(fault)));
    byId('fault-none').hidden = found.length > 0;
    byId('fault-clear').hidden = found.length < 2;
  }

  const remove = (what) => guarded(async () => {
    await call('DELETE', what);
    await load();
  });

  form.addEventListener('submit', guarded(async (event) => {
    event.preventDefault();
    const body = {};
    for (const [name, value] of new FormData(form)) {
      const text = value.trim();
      // Send an invalid number as it is: the API explains what is wrong.
      if (text !== '') body[name] = figures.includes(name) && !Number.isNaN(Number(text)) ? Number(text) : text;
    }
    for (const field of form.elements) field.removeAttribute('aria-invalid');
    sayOrHide(byId('fault-error'));
    try {
      await call('POST', path, { body });
    } catch (error) {
      if (error.status !== 400 && error.status !== 422) throw error;
      sayOrHide(byId('fault-error'), error.message);
      const field = form.elements.namedItem(error.field ?? '') ?? form.elements.namedItem('status');
      field.setAttribute('aria-invalid', 'true');
      field.setAttribute('aria-describedby', 'fault-error');
      return field.focus();
    }
    form.reset();
    return load();
  }));
  byId('fault-clear').addEventListener('click', remove(path));
  return { load };
}
