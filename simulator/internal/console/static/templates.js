// The menu of saved configurations, favorites first.
import { all, call } from './api.js';
import { byId, h, keyed, say } from './dom.js';
import { t } from './format.js';
import { menu } from './menu.js';
import { oneAtATime } from './schedule.js';
import { confirmed, guarded, tell } from './shell.js';

const path = '/api/v1/task-templates';
const pathOf = ({ id }) => `${path}/${encodeURIComponent(id)}`;

/** Creates the menu. Calls apply(config) when a template is used. check() shows what can't be saved, and returns false if there is any. */
export function templates({ read, check, apply }) {
  let found = [];
  const { close } = menu(byId('templates'));

  const current = (item) => found.find(({ id }) => id === item.dataset.key);

  function make() {
    const item = h('li', {},
      h('button', { type: 'button', class: 'star plain', click: guarded(() => toggle(current(item))) }),
      h('button', { type: 'button', class: 'use plain', dir: 'auto', click: guarded(() => use(current(item))) }),
      h('button', { type: 'button', class: 'remove plain', click: guarded(() => remove(current(item))) }, '×'));
    return item;
  }

  function fill(item, { name, favorite }) {
    const star = item.querySelector('.star');
    say(star, favorite ? '★' : '☆');
    star.setAttribute('aria-pressed', favorite);
    star.setAttribute('aria-label', t('templates.star', { name }));
    say(item.querySelector('.use'), name);
    item.querySelector('.remove').setAttribute('aria-label', t('templates.remove', { name }));
  }

  const refresh = oneAtATime(async () => {
    found = await all(path);
    found.sort((a, b) => b.favorite - a.favorite);
    keyed(byId('template-list'), found, ({ id }) => id, make, fill);
    byId('template-none').hidden = found.length > 0;
  });

  async function use({ config }) {
    close();
    await apply(config);
  }

  async function toggle(template) {
    await call('PATCH', pathOf(template), { body: { favorite: !template.favorite } });
    await refresh();
  }

  async function remove(template) {
    if (!await confirmed(t('templates.really', { name: template.name }), t('delete'))) return;
    await call('DELETE', pathOf(template));
    await refresh();
  }

  async function save() {
    if (!check()) return;
    const { taskName, ...rest } = read();
    // What is not selected yet stays empty in the template, to be filled in by its user.
    const config = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''));
    if (taskName) config.taskName = taskName;
    if (rest.resourceConfig) {
      config.resourceConfig = Object.fromEntries(Object.entries(rest.resourceConfig).filter(([, value]) => value !== '' && value !== null));
    }
    const { message } = await call('POST', path, {
      body: { name: byId('template-name').value.trim(), favorite: byId('template-favorite').checked, config },
    });
    byId('template-name').value = '';
    byId('template-favorite').checked = false;
    tell('good', message);
    await refresh();
  }

  byId('template-form').addEventListener('submit', (event) => {
    event.preventDefault();
    return guarded(save)();
  });

  return { refresh };
}
