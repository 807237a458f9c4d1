// /training/create: launches a training task in one of the two modes.
import { all, APIError, call, tasksPath } from './api.js';
import { byId, options } from './dom.js';
import { t } from './format.js';
import { environments } from './environments.js';
import { fieldElement, mistake, mode, read, setMode, showMistake } from './form.js';
import { forgetKey, keyFor } from './idempotency.js';
import { live } from './live.js';
import { resources } from './resources.js';
import { debounce } from './schedule.js';
import { copies, dismiss, guarded, tell, tellNextPage } from './shell.js';
import { summary } from './summary.js';
import { templates } from './templates.js';

let datasets = [];
let decided = false; // whether a launch mode was chosen, by the user or for them

const request = () => read(list.chosen()?.id);
const cluster = resources({ changed: () => preview.draw() });
const list = environments({
  changed: () => preview.draw(),
  zoneName: (id) => cluster.zoneName(id),
  lost: ({ name }) => tell('bad', t('environment.lost', { name })),
  counted(n) {
    byId('running-count').textContent = t('running.count', { n });
    byId('mode-existing').disabled = n === 0;
    byId('no-environment').hidden = n > 0;
    // Smart switching: without a running environment the mode is dynamic (source §4).
    if (n === 0 || !decided) setMode(n === 0 ? 'dynamic' : 'existing');
    decided = true;
    preview.draw();
  },
});
const preview = summary({
  read: request, environment: () => list.chosen(), zoneName: (id) => cluster.zoneName(id), apply: fill,
});
const saved = templates({ read: request, apply: fill });

/** Fills the form with a configuration, of which any part may be absent. */
async function fill(config) {
  const put = (id, value) => { if (value) byId(id).value = value; };
  put('task-name', config.taskName);
  put('description', config.description);
  put('dataset', config.datasetId);
  if (config.datasetId) showVersions();
  put('dataset-version', config.datasetVersionId);
  put('model', config.modelId);
  if (config.resourceConfig) cluster.fill(config.resourceConfig);
  if (config.environmentId) await list.chooseID(config.environmentId);
  if (config.launchMode && !byId(`mode-${config.launchMode}`).disabled) setMode(config.launchMode);
  showMistake();
  preview.draw();
}

function showVersions() {
  const versions = datasets.find(({ id }) => id === byId('dataset').value)?.versions ?? [];
  options(byId('dataset-version'), [['', t('choose')], ...versions.map((v) => [v, v])]);
  byId('dataset-version').value = versions[0] ?? '';
}

async function loadCatalog() {
  const named = ({ id, name }) => [id, name ? `${name} (${id})` : id];
  let models;
  [datasets, models] = await Promise.all([all('/api/v1/datasets'), all('/api/v1/models')]);
  options(byId('dataset'), [['', t('choose')], ...datasets.map(named)]);
  options(byId('model'), [['', t('none')], ...models.map(named)]);
}

function successLines(made, sent) {
  const environment = list.chosen();
  if (sent.launchMode === 'existing') return [made.message, t('created.existing', { name: environment.name })];
  const zone = cluster.zoneName(sent.resourceConfig.availabilityZone);
  return [made.message, t(made.data.status === 'queued' ? 'created.queued' : 'created.dynamic', { zone })];
}

async function create() {
  dismiss();
  const sent = request();
  const wrong = mistake(sent);
  showMistake(wrong);
  if (wrong) return;
  byId('create').disabled = true;
  try {
    const made = await call('POST', tasksPath, { body: sent, headers: { 'Idempotency-Key': keyFor(sent) } });
    forgetKey();
    const lines = successLines(made, sent);
    tell('good', ...lines);
    tellNextPage(...lines);
    // Long enough to read the message here; it goes along to the list.
    setTimeout(() => location.assign('/training-jobs'), 800);
  } catch (error) {
    byId('create').disabled = false;
    if (!(error instanceof APIError)) throw error;
    showMistake({ message: error.message, element: fieldElement(error.field) });
  }
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  return guarded(create)();
});
// Who comes back to this page as it was left may create another task.
addEventListener('pageshow', () => { byId('create').disabled = false; });
byId('form').addEventListener('input', ({ target }) => {
  if (target.id === 'dataset') showVersions();
  if (target.name === 'mode') setMode(mode());
  // What is being put right is not wrong any more.
  if (target.name === 'mode' || target.closest('[aria-invalid]')) showMistake();
  preview.draw();
});
copies(byId('terraform-copy'), byId('terraform'));

const load = guarded(async () => {
  guarded(saved.refresh)();
  await Promise.all([loadCatalog(), cluster.load()]);
  await list.refresh();
  preview.draw();
});
live({
  load,
  environment: debounce(guarded(async () => {
    await list.refresh();
    preview.again();
  }), 200),
  template: debounce(guarded(saved.refresh), 200),
  zone(zone) {
    cluster.update(zone);
    preview.again();
  },
});
