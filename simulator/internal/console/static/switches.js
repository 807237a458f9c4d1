// The environments, with controls for operators to start and stop them.
import { all, call } from './api.js';
import { byId, h, keyed, say, sayOrHide } from './dom.js';
import { number, t, word } from './format.js';
import { confirmed, guarded } from './shell.js';

const most = 50; // maximum number shown

/** Shows the environments whose name matches the search. Calls changed() after one was started or stopped. */
export function switches(changed) {
  const search = byId('switches-search');
  let environments = [];

  const flip = guarded(async ({ target }) => {
    const { id } = target.dataset;
    const environment = environments.find((e) => e.id === id);
    const action = environment.status === 'running' ? 'stop' : 'start';
    if (action === 'stop' && environment.activeTasks > 0
      && !await confirmed(t('switches.really', { name: environment.name, n: environment.activeTasks }), t('switches.stop'))) return;
    target.disabled = true;
    try {
      await call('POST', `/sim/v1/dev-environments/${encodeURIComponent(id)}/${action}`);
    } finally {
      target.disabled = false;
    }
    await changed();
  });

  function draw() {
    const wanted = search.value.trim().toLocaleLowerCase();
    const found = environments.filter(({ id, name }) => name.toLocaleLowerCase().includes(wanted) ||
      id.toLocaleLowerCase().includes(wanted));
    keyed(byId('switches-list'), found.slice(0, most), ({ id }) => id,
      ({ id }) => h('li', {}, h('strong', { class: 'name' }), h('span', { class: 'badge' }), h('span', { class: 'quiet' }),
        h('button', { type: 'button', data: { id }, click: flip })),
      (item, { name, status, gpuType, gpuCount, activeTasks }) => {
        const [title, state, what, button] = item.children;
        say(title, name);
        title.title = name;
        say(state, word('environment', status));
        state.className = `badge ${status === 'running' ? 'good' : ''}`;
        say(what, t('switches.facts', { gpus: `${gpuCount} × ${gpuType}`, n: activeTasks }));
        const text = t(status === 'running' ? 'switches.stop' : 'switches.start');
        say(button, text);
        button.setAttribute('aria-label', `${text}: ${name}`);
      });
    sayOrHide(byId('switches-more'), found.length > most ? t('switches.more', { n: number(found.length - most) })
      : found.length === 0 ? t(environments.length === 0 ? 'switches.none' : 'environments.nomatch') : '');
  }

  search.addEventListener('input', draw);
  return {
    /** Loads and returns the environments. */
    async load() {
      environments = await all('/api/v1/dev-environments');
      draw();
      return environments;
    },
  };
}
