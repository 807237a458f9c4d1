// The two messages at the top of a page: news, which stay until dismissed, and a problem, which goes away when it is
// solved.
import { byId, h, sayOrHide } from './dom.js';
import { t } from './format.js';

function drawBox() {
  byId('message').hidden = byId('news').hidden && byId('problem').hidden;
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

/** Shows what prevents the page from loading. An empty text hides the message. */
export function showProblem(text = '') {
  sayOrHide(byId('problem'), text);
  drawBox();
}
