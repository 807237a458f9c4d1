// The resources of a dynamic task: zones with their stock, GPU types and images.
import { all } from './api.js';
import { byId, h, keyed, options, say, sayOrHide } from './dom.js';
import { money, number, t, word } from './format.js';
import { imageTitle } from './images.js';

const usual = { 'gpu-count': 4, 'cpu-cores': 32, memory: 256 };
const perGPU = { 'cpu-cores': usual['cpu-cores'] / usual['gpu-count'], memory: usual.memory / usual['gpu-count'] };

const card = (name, value, ...content) => h('label', { class: 'option' }, h('input', { type: 'radio', name, value }),
  h('span', { class: 'dot', 'aria-hidden': 'true' }), h('span', { class: 'content' }, ...content));

/** Creates the section. Calls changed() when a selection changes. */
export function resources({ changed }) {
  let zones = [];
  let types = [];
  let images = [];
  let edited = false; // whether cores or memory were typed, so that they no longer follow the number of GPUs

  const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value;
  const zone = () => zones.find(({ id }) => id === chosen('zone'));

  function drawZones() {
    keyed(byId('zone-list'), zones, ({ id }) => id,
      ({ id }) => card('zone', id, h('strong', { class: 'name', dir: 'auto' }), h('span', { class: 'stock' }),
        h('span', { class: 'quiet queue' })),
      (label, z) => {
        say(label.querySelector('.name'), z.name);
        keyed(label.querySelector('.stock'), Object.keys(z.gpuCapacity), (name) => name, () => h('span'), (chip, name) => {
          const free = z.gpuInventory[name] ?? 0;
          chip.className = free > 0 ? 'tag' : 'tag empty';
          say(chip, `${name} ${free}/${z.gpuCapacity[name]}`);
        });
        const radio = label.querySelector('input');
        radio.disabled = !z.available;
        if (!z.available) radio.checked = false;
        sayOrHide(label.querySelector('.queue'),
          z.available ? (z.queueLength > 0 ? t('queued.count', { n: z.queueLength }) : '') : t('zone.closed'));
      });
  }

  function drawTypes() {
    const capacity = zone()?.gpuCapacity;
    keyed(byId('gpu-list'), types, ({ name }) => name,
      ({ name }) => card('gpu', name, h('span', { class: 'line' }, h('strong', {}, name),
        h('em', { class: 'badge good recommended' }, t('recommended'))),
        h('span', { class: 'about' }), h('span', { class: 'quiet price' }), h('span', { class: 'quiet free' })),
      (label, g) => {
        label.querySelector('.recommended').hidden = !g.recommended;
        say(label.querySelector('.about'), `(${[`${g.memory}GB`, g.class && word('class', g.class)].filter(Boolean).join(' · ')})`);
        say(label.querySelector('.price'), t('price', { price: money(g.pricePerGpuHour) }));
        const here = capacity === undefined || g.name in capacity;
        const radio = label.querySelector('input');
        radio.disabled = !here;
        if (!here) radio.checked = false;
        say(label.querySelector('.free'), capacity === undefined ? '' : here ? t('free', { n: zone().gpuInventory[g.name] ?? 0 })
          : t('free.none'));
      });
    if (!chosen('gpu')) {
      const radios = [...byId('gpu-list').querySelectorAll('input:not(:disabled)')];
      const recommended = radios.find(({ value }) => types.find(({ name }) => name === value).recommended);
      const first = recommended ?? radios[0];
      if (first) first.checked = true;
    }
  }

  function choose(name, value) {
    const radios = [...document.querySelectorAll(`input[name="${name}"]`)];
    for (const radio of radios) radio.checked = radio.value === value && !radio.disabled;
  }

  function scale() {
    const gpus = Number(byId('gpu-count').value);
    if (edited || !Number.isInteger(gpus) || gpus < 1) return;
    for (const [id, each] of Object.entries(perGPU)) byId(id).value = gpus * each;
  }

  function setImage(image) {
    const known = images.includes(image);
    byId('image').value = known ? image : '';
    byId('custom-image').value = known ? '' : image;
    showImage();
  }

  function showImage() {
    const image = byId('image').value;
    byId('custom-image-field').hidden = image !== '';
    sayOrHide(byId('image-name'), image);
  }

  byId('dynamic').addEventListener('input', ({ target }) => {
    if (target.name === 'zone') drawTypes();
    if (target.id === 'gpu-count') scale();
    if (target.id in perGPU) edited = true;
    if (target.id === 'image') showImage();
    changed();
  });

  return {
    /** Updates a zone from an event. */
    update(told) {
      zones = zones.map((z) => (z.id === told.id ? told : z));
      drawZones();
      drawTypes();
    },
    zoneName: (id) => zones.find((z) => z.id === id)?.name ?? id,
    async load() {
      let found;
      [zones, types, found] = await Promise.all([all('/api/v1/availability-zones'), all('/api/v1/gpu-types'), all('/api/v1/images')]);
      const before = images.length === 0 ? found[0]?.name ?? '' : byId('image').value || byId('custom-image').value;
      images = found.map(({ name }) => name);
      options(byId('image'), [...found.map(({ name, sizeMb }) => [name,
        `${imageTitle(name)} · ${t('gigabytes', { n: number(sizeMb / 1000) })}`]), ['', t('image.custom')]]);
      setImage(before);
      options(byId('filter-gpu'), [['', t('any')], ...types.map(({ name }) => [name, name])]);
      options(byId('filter-zone'), [['', t('any')], ...zones.map(({ id, name }) => [id, name])]);
      drawZones();
      drawTypes();
    },
    /** Fills the form with a resource configuration. Missing values get their default. */
    fill(config) {
      choose('zone', config.availabilityZone);
      choose('gpu', undefined);
      drawTypes();
      if (config.gpuType && !(zone() && !(config.gpuType in zone().gpuCapacity))) choose('gpu', config.gpuType);
      byId('gpu-count').value = config.gpuCount ?? usual['gpu-count'];
      edited = false;
      scale();
      for (const [id, value] of [['cpu-cores', config.cpuCores], ['memory', config.memory]]) {
        if (value === undefined || value === null) continue;
        byId(id).value = value;
        edited = true;
      }
      setImage(config.image ?? images[0] ?? '');
    },
    /** Returns the contents of the form as typed, for restore. */
    draft: () => ({
      zone: chosen('zone'), gpu: chosen('gpu'), edited, image: byId('image').value, custom: byId('custom-image').value,
      counts: Object.fromEntries(Object.keys(usual).map((id) => [id, byId(id).value])),
    }),
    restore(draft) {
      choose('zone', draft.zone);
      drawTypes();
      choose('gpu', draft.gpu);
      drawTypes();
      edited = draft.edited;
      for (const [id, value] of Object.entries(draft.counts)) byId(id).value = value;
      setImage(draft.image || draft.custom);
    },
  };
}
