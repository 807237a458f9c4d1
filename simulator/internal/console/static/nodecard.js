// The card of a node: who holds its GPUs, and controls for operators.
import { call } from './api.js';
import { byId, h, keyed, say } from './dom.js';
import { t, word } from './format.js';
import { confirmed, guarded } from './shell.js';

const taskLink = (id) => h('a', { href: `/training-jobs/${encodeURIComponent(id)}` }, id);

/** Groups the consecutive GPUs of a node that are alike. */
function alike({ gpus, states }) {
  const found = [];
  gpus.forEach((holder, i) => {
    const last = found.at(-1);
    if (last && last.holder === holder && last.state === states[i]) last.last = i;
    else found.push({ first: i, last: i, holder, state: states[i] });
  });
  return found;
}

/** Creates the card. Calls changed() after a node was failed, drained or restored, and leave() when the card is closed. */
export function nodeCard(changed, leave) {
  let node;

  for (const button of byId('node-actions').querySelectorAll('[data-action]')) {
    const { action } = button.dataset;
    button.addEventListener('click', guarded(async () => {
      const { id } = node;
      if (action === 'fail' && !await confirmed(t('node.fail.really', { id }), t('node.fail'))) return;
      await call('POST', `/sim/v1/nodes/${encodeURIComponent(id)}/${action}`);
      await changed();
    }));
  }
  byId('node-leave').addEventListener('click', () => leave());

  return {
    /** Returns the id of the node shown, or undefined. */
    shown: () => node?.id,
    /** Shows a node. The controls are shown only for a selected node, because the pointer passes over many. */
    show(next, chosen) {
      node = next;
      byId('node-actions').hidden = !chosen;
      for (const button of byId('node-actions').querySelectorAll('[data-action]')) {
        button.disabled = node.state === { drain: 'draining', restore: 'up', fail: 'failed' }[button.dataset.action];
      }
      const box = byId('node');
      box.hidden = false;
      say(byId('node-name'), `${node.id} · ${node.gpus.length} × ${node.gpuType} · ${word('node', node.state)}`);
      keyed(box, alike(node), ({ first, last, holder }) => `${first} ${last} ${holder}`,
        ({ holder, first, last }) => h('li', { class: 'tag' }, `GPU ${first === last ? first : `${first}–${last}`} `,
          holder && holder !== 'background' ? taskLink(holder) : h('span')),
        (item, { state }) => { if (item.lastChild.localName === 'span') say(item.lastChild, t(`gpu.${state}`)); });
    },
    /** Clears the card. */
    clear() {
      node = undefined;
      byId('node-actions').hidden = true;
      byId('node').hidden = true;
      say(byId('node-name'), t('node.hint'));
    },
  };
}
