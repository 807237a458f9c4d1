// Buttons to go through the pages of a list.
import { h } from './dom.js';
import { t } from './format.js';
import { guarded } from './shell.js';

/** Shows where a list stands, and how to go on where it has more than one page. */
export function pager(box, { number, size, total }, go) {
  const last = Math.max(1, Math.ceil(total / size));
  box.hidden = last === 1;
  const focused = document.activeElement?.dataset.step;
  const button = (step, text, to) => h('button', { type: 'button', data: { step }, disabled: to < 1 || to > last, click: guarded(() => go(to)) }, text);
  box.replaceChildren(button('back', t('page.back'), number - 1), h('span', {}, t('page.of', { number, last, total })), button('on', t('page.on'), number + 1));
  if (focused) box.querySelector(`[data-step="${focused}"]`)?.focus();
}
