// What all pages have: language, theme, signing out, and messages.
import { APIError } from './api.js';
import { byId, h, say } from './dom.js';
import { t } from './format.js';
import { hideNews, showNews } from './messages.js';
import { language } from './texts.js';
import { signOut } from './token.js';

const flashKey = 'fermi-flash';
const againKey = 'fermi-language-again';
const year = 365 * 24 * 3600;

function remember(name, value) {
  document.cookie = `${name}=${value}; Path=/; Max-Age=${value ? year : 0}; SameSite=Strict`;
}

byId('language').addEventListener('change', ({ target }) => {
  remember('fermi_language', target.value);
  location.reload();
});

/**
 * Reloads a page that is not in the selected language, because it was cached or requested before the choice. It reloads only once,
 * or a server that gets no cookie would be asked forever.
 */
function followLanguage() {
  const chosen = /(?:^|; )fermi_language=(zh|en)/.exec(document.cookie)?.[1] ?? language;
  const again = chosen !== language && sessionStorage.getItem(againKey) === null;
  if (!again) {
    sessionStorage.removeItem(againKey);
    return;
  }
  sessionStorage.setItem(againKey, chosen);
  location.reload();
}

followLanguage();
addEventListener('pageshow', ({ persisted }) => { if (persisted) followLanguage(); });

byId('theme').addEventListener('change', ({ target }) => {
  remember('fermi_theme', target.value);
  if (target.value) document.documentElement.dataset.theme = target.value;
  else delete document.documentElement.dataset.theme;
  dispatchEvent(new Event('themechange'));
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new Event('themechange')));

byId('sign-out')?.addEventListener('click', signOut);

/** Shows lines at the top until they are dismissed. kind is good or bad. */
export const tell = (kind, ...lines) => showNews(kind, lines);

export const dismiss = hideNews;

/** Shows an error. An aborted call is not an error. */
export function tellError(error) {
  if (error.name === 'AbortError') return;
  tell('bad', error.message);
  if (!(error instanceof APIError)) throw error;
}

/** Runs an action and shows its error. */
export const guarded = (action) => (...args) => Promise.resolve(action(...args)).catch(tellError);

/** Shows lines on this page and on the next one. */
export function tellNextPage(...lines) {
  sessionStorage.setItem(flashKey, JSON.stringify(lines));
}

const flash = sessionStorage.getItem(flashKey);
if (flash) {
  sessionStorage.removeItem(flashKey);
  tell('good', ...JSON.parse(flash));
}

/** Makes a button copy the text of an element and confirm it. */
export function copies(button, source) {
  button.addEventListener('click', async () => {
    const text = source.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without permission, or over plain HTTP, let the user copy the selection.
      getSelection().selectAllChildren(source);
      say(button, t('copy.selected'));
      return;
    }
    say(button, t('copy.done'));
  });
}

/** Asks for confirmation of something that can't be undone. Resolves to whether to proceed. */
export function confirmed(question, yes) {
  return new Promise((resolve) => {
    const dialog = h('dialog', { close: () => { dialog.remove(); resolve(dialog.returnValue === 'yes'); } },
      h('p', {}, question),
      h('form', { method: 'dialog', class: 'buttons' },
        h('button', { value: 'no', autofocus: true }, t('cancel')),
        h('button', { value: 'yes', class: 'danger' }, yes)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
