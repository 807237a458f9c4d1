// The form of a training task. It checks in the order of the source document.
import { batchMistake, batchNames } from './batch.js';
import { byId, h } from './dom.js';
import { fields, readFields, typedMistakes } from './fields.js';
import { t } from './format.js';

const text = (id) => byId(id).value.trim();
const checked = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value ?? '';

/** Returns a field as a whole number, or null if it is not one. */
function whole(id) {
  const value = text(id);
  return /^\d{1,9}$/.test(value) ? Number(value) : null;
}

export const mode = () => checked('mode');

/** Selects a launch mode and shows its fields. */
export function setMode(value) {
  byId(`mode-${value}`).checked = true;
  byId('existing').hidden = value !== 'existing';
  byId('dynamic').hidden = value !== 'dynamic';
}

export function resourceConfig() {
  return {
    availabilityZone: checked('zone'),
    gpuType: checked('gpu'),
    gpuCount: whole('gpu-count'),
    cpuCores: whole('cpu-cores'),
    memory: whole('memory'),
    image: byId('image').value || text('custom-image'),
  };
}

/** Returns the configuration in the form as an API request. */
export function read(environmentId, labels) {
  const request = { ...readFields(), launchMode: mode() };
  if (labels) request.labels = labels;
  if (request.launchMode === 'existing') request.environmentId = environmentId ?? '';
  else request.resourceConfig = resourceConfig();
  return request;
}

/**
 * Returns the errors in a request, in the order in which they are shown: {field, message, element}, where field is the Terraform
 * name.
 */
export function mistakes(request) {
  const config = request.resourceConfig;
  const count = (field, id, name) => [config && (whole(id) ?? 0) === 0, field, t('mistake.count', { field: t(`field.${name}`) }), id];
  return [
    [request.taskName === '' && !batchNames(''), 'task_name', t('mistake.taskName'), 'task-name'],
    [request.datasetId === '', 'dataset_id', t('mistake.dataset'), 'dataset'],
    [request.datasetVersionId === '', 'dataset_version_id', t('mistake.dataset'), 'dataset-version'],
    [request.launchMode === 'existing' && request.environmentId === '', 'environment_id', t('mistake.environment'), 'environment-list'],
    [config && config.availabilityZone === '', 'availability_zone', t('mistake.zone'), 'zone-list'],
    [config && config.gpuType === '', 'gpu_type', t('mistake.gpuType'), 'gpu-list'],
    count('gpu_count', 'gpu-count', 'gpuCount'),
    count('cpu_cores', 'cpu-cores', 'cpuCores'),
    count('memory', 'memory', 'memory'),
    [config && config.image === '', 'image', t('mistake.image'), 'custom-image'],
  ].filter(([wrong]) => wrong).map(([, field, message, id]) => ({ field, message, element: byId(id) })).concat(misread());
}

/** Returns the errors in what is typed, as mistakes does. A template can have no such errors, though fields of it may be empty. */
export const misread = () => typedMistakes().map(([field, message, id]) => ({ field, message, element: byId(id) }));

/** Returns the first error in what is to be created, or undefined. */
export const firstMistake = (request, labels) => mistakes(request)[0] ?? labels.mistake() ?? batchMistake();

const elementOfField = {
  ...Object.fromEntries(fields.map(({ name, control }) => [name, control])),
  labels: 'label-rows', environmentId: 'environment-list', 'resourceConfig.availabilityZone': 'zone-list',
  'resourceConfig.gpuType': 'gpu-list',
  'resourceConfig.gpuCount': 'gpu-count', 'resourceConfig.cpuCores': 'cpu-cores', 'resourceConfig.memory': 'memory', tasks: 'batch-names',
};

/** Returns the element for a field in an API error, or undefined if the form has none. */
export function fieldElement(field = '') {
  const name = field.replace(/^tasks\[\d+\]\./, '').replace(/^labels\b.*/, 'labels').replace(/\[\d+\]$/, '');
  if (name === 'taskName' && byId('batch-names').value.trim() !== '') return byId('batch-names');
  if (name === 'resourceConfig.image') return byId(byId('image').value ? 'image' : 'custom-image');
  return byId(elementOfField[name] ?? '') ?? undefined;
}

const explanation = 'field-error';

function explained(element, is) {
  const others = (element.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id !== '' && id !== explanation);
  const all = is ? [...others, explanation] : others;
  if (all.length > 0) element.setAttribute('aria-describedby', all.join(' '));
  else element.removeAttribute('aria-describedby');
}

/** Shows an error at its field and at the button, and moves the focus to the field. Without an error, clears the previous one. */
export function showMistake(found) {
  for (const element of document.querySelectorAll('[aria-invalid]')) {
    element.removeAttribute('aria-invalid');
    explained(element, false);
  }
  byId(explanation)?.remove();
  const box = byId('form-error');
  box.hidden = !found;
  box.textContent = found?.message ?? '';
  if (!found?.element) return;
  const { element } = found;
  for (let around = element.closest('details'); around; around = around.parentElement.closest('details')) around.open = true;
  element.setAttribute('aria-invalid', 'true');
  explained(element, true);
  (element.closest('.unit') ?? element).after(h('p', { id: explanation, class: 'error' }, found.message));
  (element.matches('input, select, textarea') ? element : element.querySelector('input:not(:disabled)') ?? element).focus();
}
