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

/**
 * A list of texts, one a line. A line that ends in a backslash goes on in the next one, so that a text may have line breaks; a
 * backslash at the end of a line is written twice. An empty line at the end is no text.
 */
const list = (control, field) => text(control, {
  read: () => parseLines(byId(control).value),
  write(value) {
    byId(control).value = formatLines(value ?? []);
  },
  ...field,
});

export function formatLines(texts) {
  const lines = texts.map((one) => one.split('\n').map((line) => line.replace(/\\+$/, '$&$&')).join('\\\n'));
  return lines.join('\n') + (texts.at(-1) === '' ? '\n' : '');
}

export function parseLines(value) {
  const texts = [];
  let going = false; // whether the last text goes on in the next line
  for (const line of value.split('\n')) {
    const slashes = line.match(/\\*$/)[0].length;
    const content = line.slice(0, line.length - Math.ceil(slashes / 2));
    if (going) texts[texts.length - 1] += `\n${content}`;
    else texts.push(content);
    going = slashes % 2 === 1;
  }
  if (texts.at(-1) === '') texts.pop();
  return texts;
}

/** Named texts, one NAME=text a line. */
const named = (control, field) => list(control, {
  read: () => Object.fromEntries(parseLines(byId(control).value).map((line) => [line.split('=', 1)[0], line.replace(/^[^=]*=?/, '')])),
  write(value) {
    byId(control).value = formatLines(assignments(value ?? {}));
  },
  ...field,
});

const assignments = (pairs) => Object.entries(pairs).map(([key, value]) => `${key}=${value}`);

/** Returns a list of texts as a shell would be given it. */
export const inOneLine = (texts) => texts.map((one) => (/^[\w@%+=:,./-]+$/.test(one) ? one : JSON.stringify(one))).join(' ');

/** A list to choose from, whose items are loaded after the page. */
const choice = (control, field) => text(control, { read: () => byId(control).value, loaded: true, ...field });

/**
 * The fields in the order of the preview: name in the API, attribute in Terraform, control in the form. required: it is in a request
 * though it is empty. loaded: it is a list whose items are loaded. folded: it is among the options that are folded away. label and
 * shown: what the page of a task shows.
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
  list('command', { name: 'command', attribute: 'command', folded: true, label: 'field.command', shown: inOneLine }),
  list('args', { name: 'args', attribute: 'args', folded: true, label: 'field.args', shown: inOneLine }),
  named('environment-variables', {
    name: 'environmentVariables', attribute: 'environment_variables', folded: true, label: 'field.environmentVariables',
    shown: (pairs) => inOneLine(assignments(pairs)),
  }),
];

/** Returns the values of the fields in the form, as in a request. */
export function readFields() {
  const values = fields.map(({ name, read, required }) => [name, read(), required]);
  return Object.fromEntries(values.filter(([, value, required]) => required || has(value)));
}

const has = (value) => value !== undefined && (typeof value === 'object' ? Object.keys(value) : value).length > 0;

/** Returns what the page of a task shows of the fields: [label's key, text] pairs. */
export const shownFields = (task) => fields.filter(({ label }) => label).map(({ name, label, shown }) =>
  [label, task[name] && shown ? shown(task[name]) : task[name]]);

/** Returns [attribute, value] pairs of a task for the preview. */
export const previewFields = (task) => fields.map(({ name, attribute }) => [attribute, task[name]]);

/** Reports whether a configuration has one of the fields that are folded away. */
export const hasFolded = (config) => fields.some(({ name, folded }) => folded && has(config[name]));
