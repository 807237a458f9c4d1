// The API's token. It is kept for the session, which all tabs share; each open tab has a copy.
import { byId, say } from './dom.js';
import { t } from './format.js';

const key = 'fermi-token';
const needed = 'token' in document.documentElement.dataset;
const channel = needed ? new BroadcastChannel(key) : undefined;
const patience = 200; // how long to wait for other tabs, in milliseconds
let asking;
let taken; // called with a token from another tab while one is asked for

/** Returns the token, or undefined if it is unknown or not needed. */
export const token = () => sessionStorage.getItem(key) ?? undefined;

/** Reports whether a header can contain the token: Latin-1 without control characters. */
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

/** Resolves with another tab's token, or undefined. */
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

/** Resolves with a token that the user enters here or meanwhile in another tab. */
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

/** Gets a token other than the refused one, from other tabs or else from the user. */
export function askForToken(refused) {
  const known = token();
  if (known !== undefined && known !== refused) return Promise.resolve();
  asking ??= obtain(refused).finally(() => { asking = undefined; });
  return asking;
}

/** Resolves when there is a token, if the API requires one. */
export async function ready() {
  if (needed && token() === undefined) await askForToken();
}

/** Ends the session in all tabs. */
export function signOut() {
  channel?.postMessage({ kind: 'forget' });
  sessionStorage.clear();
  location.reload();
}
