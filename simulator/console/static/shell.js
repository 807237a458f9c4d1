// What every page has: the switches of language and theme, and the line of messages.
import { APIError } from './api.js';
import { byId, h, say } from './dom.js';
import { t } from './format.js';

const flashKey = 'fermi-flash';
const year = 365 * 24 * 3600;

function remember(name, value) {
  document.cookie = `${name}=${value}; Path=/; Max-Age=${value ? year : 0}; SameSite=Strict`;
}

byId('language').addEventListener('change', ({ target }) => {
  remember('fermi_language', target.value);
  location.reload();
});

byId('theme').addEventListener('change', ({ target }) => {
  remember('fermi_theme', target.value);
  if (target.value) document.documentElement.dataset.theme = target.value;
  else delete document.documentElement.dataset.theme;
  dispatchEvent(new Event('themechange'));
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new Event('themechange')));

/** Shows lines at the top until they are dismissed. kind is good or bad. */
export function tell(kind, ...lines) {
  const box = byId('message');
  box.className = `message ${kind}`;
  box.setAttribute('role', kind === 'bad' ? 'alert' : 'status');
  box.dataset.unreachable = false;
  box.replaceChildren(
    h('div', {}, lines.map((line, i) => h(i === 0 ? 'strong' : 'span', {}, line))),
    h('button', { type: 'button', class: 'plain', 'aria-label': t('dismiss'), click: dismiss }, '×'),
  );
  box.hidden = false;
}

export function dismiss() {
  byId('message').hidden = true;
}

/** Shows what went wrong; a call that was given up is no mistake. */
export function tellError(error) {
  if (error.name === 'AbortError') return;
  const box = byId('message');
  const unreachable = error.status === 0;
  // Told once is enough, however often a page tries.
  if (unreachable && box.dataset.unreachable === 'true' && !box.hidden) return;
  tell('bad', error.message);
  box.dataset.unreachable = unreachable;
  if (!(error instanceof APIError)) throw error;
}

/** Takes back that the server can't be reached. */
export function reachable() {
  if (byId('message').dataset.unreachable === 'true') dismiss();
}

/** Runs an action and shows what went wrong. */
export const guarded = (action) => (...args) => Promise.resolve(action(...args)).catch(tellError);

/** Shows lines here, and on the page that comes next. */
export function tellNextPage(...lines) {
  sessionStorage.setItem(flashKey, JSON.stringify(lines));
}

const flash = sessionStorage.getItem(flashKey);
if (flash) {
  sessionStorage.removeItem(flashKey);
  tell('good', ...JSON.parse(flash));
}

/** Lets a button copy the text of an element, and say so. */
export function copies(button, source) {
  button.addEventListener('click', async () => {
    const text = source.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without leave to write, or over plain HTTP, the user copies the selection.
      getSelection().selectAllChildren(source);
      say(button, t('copy.selected'));
      return;
    }
    say(button, t('copy.done'));
  });
}

/** Asks before something that can't be undone. Resolves to whether to go on. */
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
