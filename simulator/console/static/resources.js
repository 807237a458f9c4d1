// Zones with their stock, GPU types, images: what a dynamic task is made of.
import { all } from './api.js';
import { byId, h, keyed, options, say, sayOrHide } from './dom.js';
import { money, number, t, word } from './format.js';

const perGPU = { 'cpu-cores': 8, memory: 64 };

/** Calls changed() when something else is chosen. */
export function resources({ changed }) {
  let zones = [];
  let types = [];
  let loaded = false;
  let edited = false; // whether cores or memory were typed in, which then no longer follow the number of GPUs

  const zone = () => zones.find(({ id }) => id === document.querySelector('input[name="zone"]:checked')?.value);
  const type = () => document.querySelector('input[name="gpu"]:checked')?.value;

  function drawZones() {
    keyed(byId('zone-list'), zones, ({ id }) => id,
      ({ id }) => h('label', { class: 'option' }, h('input', { type: 'radio', name: 'zone', value: id }),
        h('strong', { class: 'name' }), h('span', { class: 'stock' }), h('span', { class: 'quiet queue' })),
      (card, z) => {
        say(card.querySelector('.name'), z.name);
        keyed(card.querySelector('.stock'), Object.keys(z.gpuCapacity), (name) => name, () => h('span'), (chip, name) => {
          const free = z.gpuInventory[name] ?? 0;
          chip.className = free > 0 ? 'tag' : 'tag empty';
          say(chip, `${name} ${free}/${z.gpuCapacity[name]}`);
        });
        const radio = card.querySelector('input');
        radio.disabled = !z.available;
        if (!z.available) radio.checked = false;
        sayOrHide(card.querySelector('.queue'), z.available ? (z.queueLength > 0 ? t('queued.count', { n: z.queueLength }) : '') : t('zone.closed'));
      });
  }

  function drawTypes() {
    const capacity = zone()?.gpuCapacity;
    keyed(byId('gpu-list'), types, ({ name }) => name,
      ({ name }) => h('label', { class: 'option' }, h('input', { type: 'radio', name: 'gpu', value: name }),
        h('strong', {}, h('span', {}, name), h('em', { class: 'badge good recommended' }, t('recommended'))), h('span', { class: 'quiet about' }), h('span', { class: 'quiet free' })),
      (card, g) => {
        card.querySelector('.recommended').hidden = !g.recommended;
        say(card.querySelector('.about'), [t('gigabytes', { n: g.memory }), g.class && word('class', g.class), t('price', { price: money(g.pricePerGpuHour) })].filter(Boolean).join(' · '));
        const here = capacity === undefined || g.name in capacity;
        const radio = card.querySelector('input');
        radio.disabled = !here;
        if (!here) radio.checked = false;
        say(card.querySelector('.free'), capacity === undefined ? '' : here ? t('free', { n: zone().gpuInventory[g.name] ?? 0 }) : t('free.none'));
      });
    if (!type()) {
      const radios = [...byId('gpu-list').querySelectorAll('input:not(:disabled)')];
      const recommended = radios.find(({ value }) => types.find(({ name }) => name === value).recommended);
      const first = recommended ?? radios[0];
      if (first) first.checked = true;
    }
  }

  function scale() {
    const gpus = Number(byId('gpu-count').value);
    if (edited || !Number.isInteger(gpus) || gpus < 1) return;
    for (const [id, each] of Object.entries(perGPU)) byId(id).value = gpus * each;
  }

  byId('dynamic').addEventListener('input', ({ target }) => {
    if (target.name === 'zone') drawTypes();
    if (target.id === 'gpu-count') scale();
    if (target.id in perGPU) edited = true;
    if (target.id === 'image') byId('custom-image-field').hidden = target.value !== '';
    changed();
  });

  return {
    /** Takes in what an event tells of a zone. */
    update(changed) {
      zones = zones.map((z) => (z.id === changed.id ? changed : z));
      drawZones();
      drawTypes();
    },
    zoneName: (id) => zones.find((z) => z.id === id)?.name ?? id,
    gpuType: (name) => types.find((g) => g.name === name),
    async load() {
      let images;
      [zones, types, images] = await Promise.all([all('/api/v1/availability-zones'), all('/api/v1/gpu-types'), all('/api/v1/images')]);
      options(byId('image'), [...images.map(({ name, sizeMb }) => [name, `${name} · ${t('gigabytes', { n: number(sizeMb / 1000) })}`]), ['', t('image.custom')]]);
      if (!loaded && images.length > 0) byId('image').value = images[0].name;
      loaded = true;
      byId('custom-image-field').hidden = byId('image').value !== '';
      options(byId('filter-gpu'), [['', t('any')], ...types.map(({ name }) => [name, name])]);
      options(byId('filter-zone'), [['', t('any')], ...zones.map(({ id, name }) => [id, name])]);
      drawZones();
      drawTypes();
    },
    /** Fills the form with a resource configuration, of which any part may be absent. */
    fill(config) {
      const choose = (name, value) => {
        const radio = value && document.querySelector(`input[name="${name}"][value="${CSS.escape(value)}"]:not(:disabled)`);
        if (radio) radio.checked = true;
      };
      choose('zone', config.availabilityZone);
      drawTypes();
      choose('gpu', config.gpuType);
      if (config.gpuCount) byId('gpu-count').value = config.gpuCount;
      scale();
      if (config.cpuCores || config.memory) edited = true;
      if (config.cpuCores) byId('cpu-cores').value = config.cpuCores;
      if (config.memory) byId('memory').value = config.memory;
      if (config.image) {
        const known = [...byId('image').options].some(({ value }) => value === config.image);
        byId('image').value = known ? config.image : '';
        byId('custom-image').value = known ? '' : config.image;
        byId('custom-image-field').hidden = known;
      }
    },
  };
}
