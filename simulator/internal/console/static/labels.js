// The labels of a task: a row for each, of key and value.
import { byId, h } from './dom.js';
import { t } from './format.js';

const rows = () => [...byId('label-rows').children];
const parts = (row) => [...row.querySelectorAll('input')].map((input) => input.value.trim());

function addRow(key, value, changed) {
  const row = h('li', { class: 'row' },
    h('input', { value: key, 'aria-label': t('labels.key'), placeholder: t('labels.key'), autocomplete: 'off', dir: 'auto' }),
    h('input', { value, 'aria-label': t('labels.value'), placeholder: t('labels.value'), autocomplete: 'off', dir: 'auto' }),
    h('button', { type: 'button', class: 'plain', 'aria-label': t('labels.remove'), click() { row.remove(); byId('label-add').focus(); changed(); } }, '×'));
  byId('label-rows').append(row);
  return row;
}

/** Calls changed() when a label comes or goes. */
export function labels({ changed }) {
  byId('label-add').addEventListener('click', () => addRow('', '', changed).querySelector('input').focus());

  return {
    /** The labels by key; undefined where there is none. A row without a key is none yet. */
    read() {
      const given = rows().map(parts).filter(([key]) => key !== '');
      return given.length > 0 ? Object.fromEntries(given) : undefined;
    },
    /** The first row that is no label, or says what another does too; undefined where there is none. */
    mistake() {
      const seen = new Set();
      for (const row of rows()) {
        const [key, value] = parts(row);
        if (key === '' && value !== '') return { message: t('mistake.labelKey'), element: row.querySelector('input') };
        if (key !== '' && seen.has(key)) return { message: t('mistake.labelTwice', { key }), element: row.querySelector('input') };
        seen.add(key);
      }
      return undefined;
    },
    /** Shows these labels and no others. */
    show(given = {}) {
      byId('label-rows').replaceChildren();
      for (const [key, value] of Object.entries(given)) addRow(key, value, changed);
    },
    /** The rows as they were typed, to be put back by restore. */
    draft: () => rows().map(parts),
    restore(draft) {
      byId('label-rows').replaceChildren();
      for (const [key, value] of draft) addRow(key, value, changed);
    },
  };
}
