// The form of a training task: what it asks for, and the source document's checks in its order.
import { byId } from './dom.js';
import { t } from './format.js';

const text = (id) => byId(id).value.trim();
const checked = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value ?? '';

/** A whole number that was typed in; null where it is none. */
function whole(id) {
  const value = text(id);
  return /^\d{1,9}$/.test(value) ? Number(value) : null;
}

export const mode = () => checked('mode');

/** Chooses a launch mode, and shows what it needs. */
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

/** The configuration in the form, as the API takes it. */
export function read(environmentId) {
  const request = {
    taskName: text('task-name'),
    datasetId: byId('dataset').value,
    datasetVersionId: byId('dataset-version').value,
    launchMode: mode(),
  };
  if (byId('model').value) request.modelId = byId('model').value;
  if (text('description')) request.description = text('description');
  if (request.launchMode === 'existing') request.environmentId = environmentId ?? '';
  else request.resourceConfig = resourceConfig();
  return request;
}

/** The first mistake as {message, element}; undefined where there is none. */
export function mistake(request, { nameless = false } = {}) {
  const config = request.resourceConfig;
  const count = (id) => () => config && (whole(id) ?? 0) === 0;
  const found = [
    [() => !nameless && request.taskName === '', t('mistake.taskName'), 'task-name'],
    [() => request.datasetId === '', t('mistake.dataset'), 'dataset'],
    [() => request.datasetVersionId === '', t('mistake.dataset'), 'dataset-version'],
    [() => request.launchMode === 'existing' && request.environmentId === '', t('mistake.environment'), 'environment-list'],
    [() => config && config.availabilityZone === '', t('mistake.zone'), 'zone-list'],
    [() => config && config.gpuType === '', t('mistake.gpuType'), 'gpu-list'],
    [count('gpu-count'), t('mistake.count', { field: t('field.gpuCount') }), 'gpu-count'],
    [count('cpu-cores'), t('mistake.count', { field: t('field.cpuCores') }), 'cpu-cores'],
    [count('memory'), t('mistake.count', { field: t('field.memory') }), 'memory'],
    [() => config && config.image === '', t('mistake.image'), 'custom-image'],
  ].find(([wrong]) => wrong());
  return found && { message: found[1], element: byId(found[2]) };
}

const elementOfField = {
  taskName: 'task-name', datasetId: 'dataset', datasetVersionId: 'dataset-version', modelId: 'model', description: 'description',
  environmentId: 'environment-list', 'resourceConfig.availabilityZone': 'zone-list', 'resourceConfig.gpuType': 'gpu-list',
  'resourceConfig.gpuCount': 'gpu-count', 'resourceConfig.cpuCores': 'cpu-cores', 'resourceConfig.memory': 'memory',
  'resourceConfig.image': 'custom-image',
};

/** The element that a field of the API's answer is about. */
export const fieldElement = (field) => byId(elementOfField[field] ?? '') ?? undefined;

/** Shows a mistake and leads to its place; without one, takes the last one away. */
export function showMistake(found) {
  document.querySelectorAll('[aria-invalid]').forEach((element) => element.removeAttribute('aria-invalid'));
  const box = byId('form-error');
  box.hidden = !found;
  box.textContent = found?.message ?? '';
  if (!found?.element) return;
  found.element.setAttribute('aria-invalid', 'true');
  (found.element.querySelector('input:not(:disabled)') ?? found.element).focus();
}
