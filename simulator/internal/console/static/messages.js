// The two messages at the top of a page: news, which stay until they are dismissed, and a trouble, which ends by itself.
import { byId, h, sayOrHide } from './dom.js';
import { t } from './format.js';

function drawBox() {
  byId('message').hidden = byId('news').hidden && byId('trouble').hidden;
}

/** Shows lines until they are dismissed. kind is good or bad. */
export function showNews(kind, lines) {
  const news = byId('news');
  news.className = `message ${kind}`;
  news.setAttribute('role', kind === 'bad' ? 'alert' : 'status');
  news.replaceChildren(
    h('div', {}, lines.map((line, i) => h(i === 0 ? 'strong' : 'span', {}, line))),
    h('button', { type: 'button', class: 'plain close', 'aria-label': t('dismiss'), click: hideNews }, '×'),
  );
  news.hidden = false;
  drawBox();
}

export function hideNews() {
  byId('news').hidden = true;
  drawBox();
}

/** Shows what keeps the page from loading; without a text, takes that back. */
export function showTrouble(text = '') {
  sayOrHide(byId('trouble'), text);
  drawBox();
}
