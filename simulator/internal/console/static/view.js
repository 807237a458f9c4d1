// What of the cluster is looked at: zone, GPU type, window and node. It is in the address, so that a view can be shared.
import { byId, options } from './dom.js';
import { t } from './format.js';

const selects = { zone: byId('view-zone'), gpuType: byId('view-gpu-type'), window: byId('view-window') };
const usual = { zone: '', gpuType: '', window: '24h', node: '' };

/** Reads the view from the address; changed() is called when its user changes it. */
export function view(changed) {
  const query = new URLSearchParams(location.search);
  const now = Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, query.get(name) ?? value]));
  if (![...selects.window.options].some(({ value }) => value === now.window)) now.window = usual.window;

  function remember() {
    const kept = new URLSearchParams(Object.entries(now).filter(([name, value]) => value !== usual[name]));
    history.replaceState(history.state, '', kept.size > 0 ? `?${kept}` : location.pathname);
  }

  /** Makes the choices those that there are. One that is no more, or never was, is given up. */
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
