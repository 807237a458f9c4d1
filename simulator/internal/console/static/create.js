// /training/create: creates a training task in one of the two modes.
import { all, APIError, call, get, taskPath, tasksPath } from './api.js';
import { batchNames, resetBatch } from './batch.js';
import { byId, options } from './dom.js';
import { contents, dropDraft, keepDrafts, loadDraft, restore, saveDraft } from './draft.js';
import { environments } from './environments.js';
import { estimator } from './estimate.js';
import { fields, hasFolded } from './fields.js';
import { fieldElement, firstMistake, misread, mistakes, mode, read, setMode, showMistake } from './form.js';
import { t } from './format.js';
import { forgetKey, keyFor } from './idempotency.js';
import { labels } from './labels.js';
import { live } from './live.js';
import { menu } from './menu.js';
import { resources } from './resources.js';
import { debounce } from './schedule.js';
import { copies, dismiss, guarded, tell, tellNextPage } from './shell.js';
import { drawSummary } from './summary.js';
import { templates } from './templates.js';

const page = '/training/create';
// The controls that a draft keeps: those that can be typed into at once, and lists that are loaded first.
const texts = [...fields.filter(({ loaded }) => !loaded).map(({ control }) => control), 'batch-count', 'batch-names'];
const choices = fields.filter(({ loaded }) => loaded).map(({ control }) => control);

let datasets = [];
let runs;            // the number of running environments, once known
let decided = false; // whether a launch mode was selected, by the user or automatically
let opened = false;  // whether the form shows its initial contents

const tags = labels({ changed: draw });
const request = () => read(list.chosen()?.id, tags.read());
const names = () => batchNames(byId('task-name').value.trim());
const cluster = resources({ changed: draw });
const list = environments({
  changed: draw,
  zoneName: cluster.zoneName,
  lost: (name) => tell('bad', t('environment.lost', { name })),
  counted(n) {
    runs = n;
    byId('running-count').textContent = t('running.count', { n });
    byId('running-count').hidden = n === 0;
    byId('mode-existing').disabled = n === 0;
    byId('no-environment').hidden = n > 0;
    // Smart switching: without a running environment the mode is dynamic (source §4).
    if (n === 0 || !decided) setMode(n === 0 ? 'dynamic' : 'existing');
    decided = true;
    draw();
  },
});
const forecast = estimator({
  read: request, names, mistake: (asked) => mistakes({ ...asked, taskName: '-' })[0],
  zoneName: cluster.zoneName, environmentName: list.nameOf, apply: adopt,
});
const saved = templates({
  read: request, apply: fill,
  check() {
    const wrong = misread()[0];
    showMistake(wrong);
    return !wrong;
  },
});

/** Updates what depends on the form, and saves the form as a draft. */
function draw() {
  if (!mode() || runs === undefined) return; // the environments are not known yet
  drawSummary(request(), { environment: list.chosen(), zoneName: cluster.zoneName, names: names() });
  forecast.draw();
  keep();
}

/** Fills the form with a configuration. Missing values get their default. */
async function fill(config) {
  for (const { name, write } of fields) {
    write(config[name]);
    if (name === 'datasetId') showVersions();
  }
  tags.show(config.labels);
  byId('more').open = hasFolded(config) || Object.keys(config.labels ?? {}).length > 0;
  resetBatch();
  cluster.fill(config.resourceConfig ?? {});
  if (config.environmentId) await list.chooseID(config.environmentId);
  else list.reset();
  choose(config.launchMode ?? (config.resourceConfig && !config.environmentId ? 'dynamic' : 'existing'));
  showMistake();
  draw();
}

/** Applies a suggestion without changing the rest of the form. */
async function adopt({ kind, launchMode, environmentId, resourceConfig }) {
  if (kind === 'preemptible') fields.find(({ name }) => name === kind).write(true);
  if (resourceConfig) cluster.fill(resourceConfig);
  if (environmentId) await list.chooseID(environmentId);
  choose(launchMode);
  showMistake();
  draw();
}

/** Selects a launch mode if an environment is running for it. */
function choose(launchMode) {
  decided = true;
  setMode(runs === 0 ? 'dynamic' : launchMode);
}

function keep() {
  if (!opened) return;
  saveDraft({
    texts: Object.fromEntries(texts.map((id) => [id, contents(id)])), labels: tags.draft(), more: byId('more').open,
    choices: Object.fromEntries(choices.map((id) => [id, byId(id).value])),
    mode: mode(), environment: list.chosen()?.id, resources: cluster.draft(),
  });
}

/** Restores the part of a draft that doesn't depend on loaded lists, so that the user can type at once. */
function restoreTexts(draft) {
  for (const [id, content] of Object.entries(draft.texts)) restore(id, content);
  tags.restore(draft.labels);
  byId('more').open = draft.more;
}

/** Restores the selections in lists, which are loaded by now. */
async function restoreChoices(draft) {
  for (const id of choices) {
    byId(id).value = draft.choices[id];
    if (id === 'dataset') showVersions();
  }
  cluster.restore(draft.resources);
  if (draft.environment) await list.chooseID(draft.environment);
  else list.clear();
  if (draft.mode) choose(draft.mode);
}

/** Fills the form with the configuration of a task. */
async function fillFrom(id) {
  try {
    await fill((await get(taskPath(id))).data);
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    tell('bad', error.message);
  }
}

/** Opens the form with a draft, or with the configuration of another task. */
async function open(draft) {
  const from = new URLSearchParams(location.search).get('from');
  if (draft) await restoreChoices(draft);
  else if (from) await fillFrom(from);
  opened = true;
  draw();
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

/** Returns the message about a creation: the API's message, the number of tasks in a batch, and the place. */
function successLines({ message, data }, sent) {
  const made = [data].flat();
  const lines = made.length > 1 ? [message, t('created.batch', { n: made.length })] : [message];
  if (sent.launchMode === 'existing') return [...lines, t('created.existing', { name: list.chosen().name })];
  const zone = cluster.zoneName(sent.resourceConfig.availabilityZone);
  const queued = made.filter(({ status }) => status === 'queued').length;
  if (queued < made.length) lines.push(t('created.dynamic', { zone }));
  if (queued > 0) lines.push(t('created.queued', { zone, n: queued }));
  return lines;
}

function send(sent, several) {
  const path = several ? `${tasksPath}/batch` : tasksPath;
  const body = several ? { tasks: several.map((taskName) => ({ ...sent, taskName })) } : sent;
  return call('POST', path, { body, headers: { 'Idempotency-Key': keyFor(body) } });
}

async function create() {
  dismiss();
  const sent = request();
  const wrong = firstMistake(sent, tags);
  showMistake(wrong);
  if (wrong) return;
  byId('create').disabled = true;
  try {
    const lines = successLines(await send(sent, names()), sent);
    forgetKey();
    dropDraft();
    tell('good', ...lines);
    tellNextPage(...lines);
    // Leave time to read the message, which the list shows again.
    setTimeout(() => location.assign('/training-jobs'), 800);
  } catch (error) {
    byId('create').disabled = false;
    if (!(error instanceof APIError)) throw error;
    showMistake({ message: error.message, element: fieldElement(error.field) });
  }
}

/** Returns the page that the user came from if it is one of ours, or else the list of tasks. */
function cameFrom() {
  const from = document.referrer && new URL(document.referrer);
  return from && from.origin === location.origin && from.pathname !== page ? from.pathname + from.search : '/training-jobs';
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  return guarded(create)();
});
// After coming back to this page, another task may be created.
addEventListener('pageshow', () => {
  byId('create').disabled = false;
  keepDrafts();
});
byId('form').addEventListener('input', ({ target }) => {
  if (target.id === 'dataset') showVersions();
  if (target.name === 'mode') choose(mode());
  // Hide an error as soon as it is being corrected.
  if (target.name === 'mode' || target.closest('[aria-invalid]')) showMistake();
  draw();
});
byId('back').href = byId('cancel').href = cameFrom();
byId('cancel').addEventListener('click', dropDraft);
copies(byId('terraform-copy'), byId('terraform'));
menu(byId('filters'));

const draft = loadDraft();
if (draft) restoreTexts(draft);

const load = guarded(async () => {
  guarded(saved.refresh)();
  await Promise.all([loadCatalog(), cluster.load()]);
  await list.refresh();
  if (!opened) await open(draft);
  draw();
});
live({
  load,
  environment: debounce(guarded(async () => {
    await list.refresh();
    forecast.again();
  }), 200),
  template: debounce(guarded(saved.refresh), 200),
  zone(zone) {
    cluster.update(zone);
    forecast.again();
  },
});
