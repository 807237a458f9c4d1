// The recorded use of the cluster. It comes from the API and is the same in every tab.
import { get } from './api.js';
import { chart } from './chart.js';
import { byId, say } from './dom.js';
import { money, number, percent, t, time } from './format.js';

/** Creates the charts. load(view) shows the history of a view. */
export function past() {
  let currency = '';
  const box = byId('charts');
  box.replaceChildren();
  const charts = {
    utilization: chart(box, t('use'), percent, 1),
    queueLength: chart(box, t('past.queue'), number),
    runningTasks: chart(box, t('past.running'), number),
    hourlyCost: chart(box, t('past.cost'), (amount) => t('price.hour', { price: money({ amount, currency }) })),
  };

  function show({ times, until, from, total }) {
    currency = total.totalCost.currency;
    say(byId('use-from'), time(from));
    say(byId('use-to'), until === from ? '' : time(until));
    for (const [name, one] of Object.entries(charts)) one.update(total[name].map(Number), times, until);
  }

  return {
    async load({ window, zone, gpuType }) {
      const query = new URLSearchParams({ window });
      if (zone) query.set('availabilityZone', zone);
      if (gpuType) query.set('gpuType', gpuType);
      show((await get(`/api/v1/history?${query}`)).data);
    },
    draw() {
      for (const one of Object.values(charts)) one.draw();
    },
  };
}
