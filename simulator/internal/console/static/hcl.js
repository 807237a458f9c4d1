// The Terraform configuration of a task.

const escapes = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// Control characters, line separators, and the marks, embeddings and isolates that change the direction of what is read.
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A string literal of Terraform's language, of any text. What can't be seen in it is written as its number. */
export function literal(text) {
  const escaped = String(text).toWellFormed()
    .replace(/["\\\n\r\t]/g, (c) => escapes[c])
    // In "$${", the first dollar would escape the second. Each dollar is written as its number instead.
    .replace(/[$%]+\{/g, (start) => (start.length === 2 ? `${start[0]}${start}` : [...start].map(numbered).join('')))
    .replace(unseen, numbered);
  return `"${escaped}"`;
}

const numbered = (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A name for a resource that a task's name makes one think of. */
export function resourceName(taskName) {
  const name = taskName.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 60);
  if (name === '') return 'task';
  return /^[0-9]/.test(name) ? `task_${name}` : name;
}

/** An expression that stands for itself, where an attribute's value else is a literal. */
const expression = (text) => ({ expression: text });

/** Lines of a block's attributes, with their equals signs in one column as `terraform fmt` has them. What has no value is left out. */
function attributes(pairs, indent) {
  const given = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '');
  const width = Math.max(0, ...given.map(([name]) => name.length));
  return given.map(([name, value]) => {
    const text = typeof value === 'number' ? String(value) : value.expression ?? literal(value);
    return `${indent}${name.padEnd(width)} = ${text}\n`;
  }).join('');
}

const comments = (missing, indent) => missing.map(({ field, message }) => `${indent}# ${field}: ${message}\n`).join('');

const ofResources = new Set(['availability_zone', 'gpu_type', 'gpu_count', 'cpu_cores', 'memory', 'image']);

/** What makes one resource several tasks: their names, each once as a key, or else by number. */
function repeated(names) {
  const list = names.map((name) => `    ${literal(name)},\n`).join('');
  if (new Set(names).size === names.length) return { head: `  for_each = toset([\n${list}  ])\n\n`, name: expression('each.value') };
  return { head: `  count = ${names.length}\n\n`, name: expression(`[\n${list}  ][count.index]`) };
}

/**
 * The resource block of a task, or of a request for one; of several, where there are names. It is valid whatever is missing, which
 * comments in it tell: {field, message} each.
 */
export function resourceBlock(task, { names, missing = [] } = {}) {
  const existing = task.launchMode === 'existing';
  const config = task.resourceConfig;
  const several = names && repeated(names);
  const labels = Object.entries(task.labels ?? {});
  const [inner, outer] = [missing.filter(({ field }) => ofResources.has(field)), missing.filter(({ field }) => !ofResources.has(field))];
  let text = `resource "fermi_training_task" "${resourceName(task.taskName || names?.[0] || '')}" {\n`;
  text += comments(outer, '  ');
  if (several) text += several.head;
  text += attributes([
    ['task_name', several ? several.name : task.taskName],
    ['description', task.description],
    ['dataset_id', task.datasetId],
    ['dataset_version_id', task.datasetVersionId],
    ['model_id', task.modelId],
    // Mode existing takes no resource_config: what came to it by smart switching has kept one, and leaves the mode open.
    ['launch_mode', existing && config ? undefined : task.launchMode],
    ['environment_id', existing ? task.environmentId : undefined],
  ], '  ');
  if (config) {
    text += '\n  resource_config = {\n' + comments(inner, '    ') + attributes([
      ['availability_zone', config.availabilityZone],
      ['gpu_type', config.gpuType],
      ['gpu_count', config.gpuCount || undefined],
      ['cpu_cores', config.cpuCores || undefined],
      ['memory', config.memory || undefined],
      ['image', config.image],
    ], '    ') + '  }\n';
  }
  if (labels.length > 0) {
    // A label may have no value.
    const pairs = labels.map(([key, value]) => [literal(key), value === '' ? expression('""') : value]);
    text += `\n  labels = {\n${attributes(pairs, '    ')}  }\n`;
  }
  return text + '}\n';
}

/** The block that takes a task that exists into Terraform's state. */
export function importBlock(task) {
  return `import {\n  to = fermi_training_task.${resourceName(task.taskName)}\n  id = ${literal(task.taskId)}\n}\n`;
}

/** What comes before either: where the provider is from, and where the API is. */
export function preamble(tokenNote) {
  return `terraform {
  required_providers {
    fermi = {
      source = "fermi-cluster/fermi"
    }
  }
}

provider "fermi" {
  endpoint = ${literal(location.origin)}${tokenNote ? ` # ${tokenNote}` : ''}
}
`;
}
