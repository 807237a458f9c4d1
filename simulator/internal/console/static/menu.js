// Menus that open under their button: <details class="menu">.

/** Closes the menu by Escape, and by a click or the focus elsewhere. */
export function menu(details) {
  const close = () => { details.open = false; };
  details.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !details.open || document.querySelector('dialog[open]')) return;
    close();
    details.querySelector('summary').focus();
  });
  document.addEventListener('click', ({ target }) => {
    // What a click has taken off the page was in the menu, or in a dialog that it opened.
    if (target.isConnected && !details.contains(target) && !target.closest('dialog, .messages')) close();
  });
  details.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !details.contains(relatedTarget) && !relatedTarget.closest('dialog, .messages')) close();
  });
  return { close };
}
