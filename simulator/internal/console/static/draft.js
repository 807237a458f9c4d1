// What was typed into the form, kept in the tab while the page is loaded again: after a reload, in another language, or on the way back.

const key = 'fermi-draft';
let kept = true; // whether changes are kept

/** The draft of this page, where it was left by a reload or is come back to; undefined where it is opened anew. */
export function loadDraft() {
  const { type } = performance.getEntriesByType('navigation')[0];
  const draft = JSON.parse(sessionStorage.getItem(key) ?? 'null');
  return draft && draft.address === location.search && ['reload', 'back_forward'].includes(type) ? draft : undefined;
}

export function saveDraft(draft) {
  if (kept) sessionStorage.setItem(key, JSON.stringify({ ...draft, address: location.search }));
}

/** Forgets the draft, and what the page may still have to save of it. */
export function dropDraft() {
  kept = false;
  sessionStorage.removeItem(key);
}

export function keepDrafts() {
  kept = true;
}
