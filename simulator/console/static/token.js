// The API's token. It is kept for the session of this tab only.
import { byId } from './dom.js';

const key = 'fermi-token';
let asking;

/** The token, or undefined before one is known and where none is needed. */
export const token = () => sessionStorage.getItem(key) ?? undefined;

/** Asks for a token until there is another than the refused one. */
export function askForToken(refused) {
  const known = token();
  if (known !== undefined && known !== refused) return Promise.resolve();
  asking ??= new Promise((resolve) => {
    const dialog = byId('token-dialog');
    const input = byId('token');
    byId('token-error').hidden = refused === undefined;
    input.value = '';
    const stay = (event) => event.preventDefault();
    dialog.addEventListener('cancel', stay);
    dialog.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault();
      sessionStorage.setItem(key, input.value.trim());
      dialog.removeEventListener('cancel', stay);
      dialog.close();
      asking = undefined;
      resolve();
    }, { once: true });
    dialog.showModal();
    input.focus();
  });
  return asking;
}

/** Resolves when a token is there, where the API asks for one. */
export async function ready() {
  if ('token' in document.documentElement.dataset && token() === undefined) await askForToken();
}
