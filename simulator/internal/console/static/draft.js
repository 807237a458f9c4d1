// The contents of the form. They are kept in the tab when the page is reloaded, shown in the other language or returned
// to.
import { byId } from './dom.js';

const key = 'fermi-draft';
let kept = true; // whether changes are saved

/** Returns the draft if the page was reloaded or returned to, and undefined if it was opened anew. */
export function loadDraft() {
  const { type } = performance.getEntriesByType('navigation')[0];
  const draft = JSON.parse(sessionStorage.getItem(key) ?? 'null');
  return draft && draft.address === location.search && ['reload', 'back_forward'].includes(type) ? draft : undefined;
}

/** Returns what a draft keeps of a control: its text, or whether it is ticked. */
export function contents(id) {
  const control = byId(id);
  return control.type === 'checkbox' ? control.checked : control.value;
}

export function restore(id, content) {
  const control = byId(id);
  control[control.type === 'checkbox' ? 'checked' : 'value'] = content;
}

export function saveDraft(draft) {
  if (kept) sessionStorage.setItem(key, JSON.stringify({ ...draft, address: location.search }));
}

/** Deletes the draft and stops saving it. */
export function dropDraft() {
  kept = false;
  sessionStorage.removeItem(key);
}

export function keepDrafts() {
  kept = true;
}
