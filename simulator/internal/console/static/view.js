// The view of the cluster: zone, GPU type, window and node. It is in the URL, so that it can be shared.
import { byId, options } from './dom.js';
import { t } from './format.js';

const selects = { zone: byId('view-zone'), gpuType: byId('view-gpu-type'), window: byId('view-window') };
const usual = { zone: '', gpuType: '', window: '24h', node: '' };

/** Reads the view from the URL. Calls changed() when the user changes it. */
export function view(changed) {
  const query = new URLSearchParams(location.search);
  const now = Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, query.get(name) ?? value]));
  if (![...selects.window.options].some(({ value }) => value === now.window)) now.window = usual.window;

  function remember() {
    const kept = new URLSearchParams(Object.entries(now).filter(([name, value]) => value !== usual[name]));
    history.replaceState(history.state, '', kept.size > 0 ? `?${kept}` : location.pathname);
  }

  /** Updates the options of a select. A value that doesn't exist is cleared. */
  function fill(name, pairs) {
    const select = selects[name];
    options(select, [['', t('any')], ...pairs]);
    if (!pairs.some(([value]) => value === now[name])) now[name] = '';
    select.value = now[name];
  }

  selects.window.value = now.window;
  for (const [name, select] of Object.entries(selects)) {
    select.addEventListener('change', () => {
      now[name] = select.value;
      remember();
      changed();
    });
  }

  return {
    now,
    /** Offers the zones and GPU types of the cluster. */
    offer(zones) {
      fill('zone', zones.map(({ id, name }) => [id, name]));
      fill('gpuType', [...new Set(zones.flatMap(({ gpuCapacity }) => Object.keys(gpuCapacity)))].sort().map((name) => [name, name]));
      remember();
    },
    choose(node) {
      now.node = node;
      remember();
    },
  };
}
