// The API's token. It is kept for the session, which all tabs of the pages share; a tab keeps it as long as it is open.
import { byId, say } from './dom.js';
import { t } from './format.js';

const key = 'fermi-token';
const needed = 'token' in document.documentElement.dataset;
const channel = needed ? new BroadcastChannel(key) : undefined;
const patience = 200; // milliseconds that other tabs have for an answer
let asking;
let taken; // called with a token from another tab while one is asked for

/** The token, or undefined before one is known and where none is needed. */
export const token = () => sessionStorage.getItem(key) ?? undefined;

/** Whether a header can carry the token: its characters are Latin-1, and no control characters. */
export const sendable = (text) => /^[\x20-\x7e\xa0-\xff]+$/.test(text);

channel?.addEventListener('message', ({ data: { kind, refused, token: theirs } }) => {
  const ours = token();
  if (kind === 'ask' && ours !== undefined && ours !== refused) channel.postMessage({ kind: 'have', token: ours });
  if (kind === 'have') taken?.(theirs);
  if (kind === 'forget') {
    sessionStorage.clear();
    location.reload();
  }
});

/** Resolves with a token that another tab has, or undefined. */
function fromTabs(refused) {
  return new Promise((resolve) => {
    if (!channel) return void resolve();
    const timer = setTimeout(resolve, patience);
    taken = (theirs) => {
      if (theirs === refused) return;
      clearTimeout(timer);
      resolve(theirs);
    };
    channel.postMessage({ kind: 'ask', refused });
  });
}

/** Resolves with a token that the user types in here, or meanwhile in another tab. */
function fromUser(refused) {
  return new Promise((resolve) => {
    const dialog = byId('token-dialog');
    const form = dialog.querySelector('form');
    const input = byId('token');
    const error = byId('token-error');
    const complain = (about) => {
      error.hidden = about === undefined;
      if (about !== undefined) say(error, t(sendable(about) ? 'token.wrong' : 'token.unsendable'));
      input.value = '';
      input.focus();
    };
    const stay = (event) => event.preventDefault();
    const done = (text) => {
      dialog.removeEventListener('cancel', stay);
      form.removeEventListener('submit', submit);
      dialog.close();
      resolve(text);
    };
    const submit = (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!sendable(text)) complain(text);
      else done(text);
    };
    taken = (theirs) => { if (theirs !== refused) done(theirs); };
    dialog.addEventListener('cancel', stay);
    form.addEventListener('submit', submit);
    dialog.showModal();
    complain(refused);
  });
}

async function obtain(refused) {
  const found = await fromTabs(refused) ?? await fromUser(refused);
  taken = undefined;
  sessionStorage.setItem(key, found);
  channel?.postMessage({ kind: 'have', token: found }); // other tabs may be asking too
}

/** Gets another token than the refused one, from other tabs or else from the user. */
export function askForToken(refused) {
  const known = token();
  if (known !== undefined && known !== refused) return Promise.resolve();
  asking ??= obtain(refused).finally(() => { asking = undefined; });
  return asking;
}

/** Resolves when a token is there, where the API asks for one. */
export async function ready() {
  if (needed && token() === undefined) await askForToken();
}

/** Ends the session in all tabs. */
export function signOut() {
  channel?.postMessage({ kind: 'forget' });
  sessionStorage.clear();
  location.reload();
}
