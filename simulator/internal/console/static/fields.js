// The fields of a task that have one control in the form. The form, its draft, the preview and the page of a task go by this list.
// A field of its own kind, such as the labels, has a module.
import { byId } from './dom.js';
import { formatDuration, parseDuration } from './durations.js';
import { duration, number, t, word } from './format.js';

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

/** A list to choose from that is in the page. The absent value is chosen at first. */
const option = (control, field) => text(control, {
  read: () => byId(control).value,
  write(value) {
    byId(control).value = value ?? field.absent;
  },
  ...field,
});

/** A box to tick. */
const box = (control, field) => text(control, {
  read: () => byId(control).checked,
  write(value) {
    byId(control).checked = value ?? false;
  },
  absent: false,
  ...field,
});

/** A number from least to most that is typed as a text, or none. wanted is the key of the message about any other text. */
const typed = (control, { parse, format, least, most, wanted, ...field }) => {
  function read() {
    const value = parse(byId(control).value.trim());
    return value >= least && value <= most ? value : undefined;
  }
  // The value of a numeric control is empty, too, where it has characters that are no number.
  const isBlank = ({ value, validity }) => value.trim() === '' && !validity.badInput;
  return text(control, {
    read,
    write(value) {
      byId(control).value = value === undefined ? '' : format(value);
    },
    mistake: () => (isBlank(byId(control)) || read() !== undefined ? undefined : t(wanted)),
    ...field,
  });
};

const parseWhole = (value) => (/^\d{1,9}$/.test(value) ? Number(value) : NaN);

/**
 * The fields in the order of the preview: name in the API, attribute in Terraform, control in the form. required: it is in a request
 * though it is empty. absent: the value that is the same as none. loaded: it is a list whose items are loaded. folded: it is among
 * the options that are folded away. mistake: returns what is wrong with what is typed. label and shown: what the page of a task shows.
 * written: what the preview shows, if it is not the value.
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
  option('priority', {
    name: 'priority', attribute: 'priority', folded: true, absent: 'normal', label: 'field.priority',
    shown: (value) => word('priority', value),
  }),
  typed('max-duration', {
    name: 'maxDuration', attribute: 'max_duration', folded: true, label: 'field.maxDuration', shown: duration, written: formatDuration,
    parse: parseDuration, format: formatDuration, least: 60, most: 3650 * 86400, wanted: 'mistake.maxDuration',
  }),
  typed('max-restarts', {
    name: 'maxRestarts', attribute: 'max_restarts', folded: true, label: 'field.maxRestarts', shown: number,
    parse: parseWhole, format: String, least: 0, most: 100, wanted: 'mistake.maxRestarts',
  }),
  box('preemptible', { name: 'preemptible', attribute: 'preemptible', folded: true, label: 'field.preemptible', shown: () => t('yes') }),
];

/** Returns a field's value in a configuration, or undefined if that is the same as none. */
const valueOf = (config, { name, absent }) => (config[name] === absent ? undefined : config[name]);

/** Returns the values of the fields in the form, as in a request. */
export function readFields() {
  const config = Object.fromEntries(fields.map(({ name, read }) => [name, read()]));
  const sent = fields.filter((field) => field.required || has(valueOf(config, field)));
  return Object.fromEntries(sent.map(({ name }) => [name, config[name]]));
}

/** Returns what is wrong with what is typed: [attribute, message, control] of each such field. */
export const typedMistakes = () => fields.map(({ attribute, control, mistake }) => [attribute, mistake?.(), control])
  .filter(([, message]) => message);

/** Reports whether a value is neither missing nor empty. No restarts at all are a value. */
function has(value) {
  if (value === undefined) return false;
  return typeof value === 'object' ? Object.keys(value).length > 0 : value !== '';
}

/** Returns what the page of a task shows of the fields: [label's key, text] pairs. */
export const shownFields = (task) => fields.filter(({ label }) => label).map((field) => {
  const value = valueOf(task, field);
  const shown = field.shown ?? String;
  return [field.label, has(value) ? shown(value) : ''];
});

/** Returns [attribute, value] pairs of a task for the preview. */
export const previewFields = (task) => fields.map((field) => {
  const value = valueOf(task, field);
  return [field.attribute, value !== undefined && field.written ? field.written(value) : value];
});

/** Reports whether a configuration has one of the fields that are folded away. */
export const hasFolded = (config) => fields.some((field) => field.folded && has(valueOf(config, field)));
