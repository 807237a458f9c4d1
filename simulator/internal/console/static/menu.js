// Menus that open below their button: <details class="menu">.

/** Closes the menu on Escape, and when something else is clicked or focused. */
export function menu(details) {
  const close = () => { details.open = false; };
  details.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !details.open || document.querySelector('dialog[open]')) return;
    close();
    details.querySelector('summary').focus();
  });
  document.addEventListener('click', ({ target }) => {
    // If a click has removed its target from the page, the target was in the menu or in a dialog that the menu
    // opened.
    if (target.isConnected && !details.contains(target) && !target.closest('dialog, .messages')) close();
  });
  details.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !details.contains(relatedTarget) && !relatedTarget.closest('dialog, .messages')) close();
  });
  return { close };
}
