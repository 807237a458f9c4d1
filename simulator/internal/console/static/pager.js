// Buttons to page through a list.
import { h } from './dom.js';
import { t } from './format.js';
import { guarded } from './shell.js';

/**
 * Shows the position in a list, and buttons if it has several pages. A new page is shown from its top. The focus stays on the
 * button, for use by keyboard.
 */
export function pager(box, { number, size, total }, go) {
  const last = Math.max(1, Math.ceil(total / size));
  box.hidden = last === 1;
  const focused = document.activeElement?.dataset.step;
  const turn = guarded(async (to) => {
    await go(to);
    const list = box.closest('section');
    if (list.getBoundingClientRect().top < 0) list.scrollIntoView({ block: 'start', behavior: 'instant' });
  });
  const button = (step, text, to) => h('button', { type: 'button', data: { step }, disabled: to < 1 || to > last, click: () => turn(to) },
    text);
  box.replaceChildren(button('back', t('page.back'), number - 1), h('span', {}, t('page.of', { number, last, total })),
    button('on', t('page.on'), number + 1));
  if (!focused) return;
  // A disabled button can't have the focus, so move it to the other one.
  (box.querySelector(`[data-step="${focused}"]:enabled`) ?? box.querySelector('button:enabled'))?.focus({ preventScroll: true });
}
