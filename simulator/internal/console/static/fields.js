// The fields of a task that have one control in the form. The form, its draft, the preview and the page of a task go by this list.
// A field of its own kind, such as the labels, has a module.
import { byId } from './dom.js';

/** A control that holds the field's text. */
const text = (control, field) => ({
  control,
  read: () => byId(control).value.trim(),
  write(value) {
    byId(control).value = value ?? '';
  },
  ...field,
});

/** A list to choose from, whose items are loaded after the page. */
const choice = (control, field) => text(control, { read: () => byId(control).value, loaded: true, ...field });

/**
 * The fields in the order of the preview: name in the API, attribute in Terraform, control in the form. required: it is in a request
 * though it is empty. label and shown: what the page of a task shows. hcl: its value in the preview, if it is no text.
 */
export const fields = [
  text('task-name', { name: 'taskName', attribute: 'task_name', required: true }),
  text('description', { name: 'description', attribute: 'description', label: 'field.description' }),
  choice('dataset', { name: 'datasetId', attribute: 'dataset_id', required: true }),
  choice('dataset-version', {
    name: 'datasetVersionId', attribute: 'dataset_version_id', required: true,
    // Without a version, the first one stays chosen.
    write(value) {
      if (value) byId('dataset-version').value = value;
    },
  }),
  choice('model', { name: 'modelId', attribute: 'model_id' }),
];

/** Returns the values of the fields in the form, as in a request. */
export function readFields() {
  const values = fields.map(({ name, read, required }) => [name, read(), required]);
  return Object.fromEntries(values.filter(([, value, required]) => required || value.length > 0));
}

/** Returns what the page of a task shows of the fields: [label's key, text] pairs. */
export const shownFields = (task) => fields.filter(({ label }) => label).map(({ name, label, shown }) =>
  [label, task[name] && shown ? shown(task[name]) : task[name]]);

/** Returns [attribute, value] pairs of a task for the preview. */
export const previewFields = (task) => fields.map(({ name, attribute, hcl }) =>
  [attribute, task[name] && hcl ? hcl(task[name]) : task[name]]);
