// The labels of a task: a row for each, with key and value.
import { byId, h } from './dom.js';
import { t } from './format.js';

const rows = () => [...byId('label-rows').children];
const parts = (row) => [...row.querySelectorAll('input')].map((input) => input.value.trim());

function addRow(key, value, changed) {
  const row = h('li', { class: 'row' },
    h('input', { value: key, 'aria-label': t('labels.key'), placeholder: t('labels.key'), autocomplete: 'off', dir: 'auto' }),
    h('input', { value, 'aria-label': t('labels.value'), placeholder: t('labels.value'), autocomplete: 'off', dir: 'auto' }),
    h('button', { type: 'button', class: 'plain', 'aria-label': t('labels.remove'),
      click() { row.remove(); byId('label-add').focus(); changed(); } }, '×'));
  byId('label-rows').append(row);
  return row;
}

/** Creates the rows. Calls changed() when a label is added or removed. */
export function labels({ changed }) {
  byId('label-add').addEventListener('click', () => addRow('', '', changed).querySelector('input').focus());

  return {
    /** Returns the labels by key, or undefined if there are none. Rows without a key are ignored. */
    read() {
      const filled = rows().map(parts).filter(([key]) => key !== '');
      return filled.length > 0 ? Object.fromEntries(filled) : undefined;
    },
    /** Returns the error in the first row that is invalid or has a duplicate key, or undefined. */
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
    /** Replaces the rows by these labels. */
    show(wanted = {}) {
      byId('label-rows').replaceChildren();
      for (const [key, value] of Object.entries(wanted)) addRow(key, value, changed);
    },
    /** Returns the rows as typed, for restore. */
    draft: () => rows().map(parts),
    restore(draft) {
      byId('label-rows').replaceChildren();
      for (const [key, value] of draft) addRow(key, value, changed);
    },
  };
}
