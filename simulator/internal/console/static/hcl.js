// The Terraform configuration of a task.
import { previewFields } from './fields.js';

const escapes = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// Control characters, line separators, and characters that change the direction of text.
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Returns any text as a Terraform string literal. Invisible characters are escaped. */
export function literal(text) {
  const escaped = String(text).toWellFormed()
    .replace(/["\\\n\r\t]/g, (c) => escapes[c])
    // Escape every dollar by its code, because "$${" would escape only one of two dollars.
    .replace(/[$%]+\{/g, (start) => (start.length === 2 ? `${start[0]}${start}` : [...start].map(numbered).join('')))
    .replace(unseen, numbered);
  return `"${escaped}"`;
}

const numbered = (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Returns a resource name derived from a task's name. */
export function resourceName(taskName) {
  const name = taskName.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 60);
  if (name === '') return 'task';
  return /^[0-9]/.test(name) ? `task_${name}` : name;
}

/** Marks a value as an expression, which is not to be quoted. */
const expression = (text) => ({ expression: text });

/** Returns a value as Terraform has it. */
function written(value) {
  if (['number', 'boolean'].includes(typeof value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  return value.expression ?? literal(value);
}

/**
 * Returns the lines of a block's attributes with aligned equals signs, like `terraform fmt`. Attributes without a value are
 * omitted.
 */
function attributes(pairs, indent) {
  const pairsWithValue = pairs.filter(([, value]) => value !== undefined && value !== null && value.length !== 0);
  const width = Math.max(0, ...pairsWithValue.map(([name]) => name.length));
  return pairsWithValue.map(([name, value]) => {
    return `${indent}${name.padEnd(width)} = ${written(value)}\n`;
  }).join('');
}

const comments = (missing, indent) => missing.map(({ field, message }) => `${indent}# ${field}: ${message}\n`).join('');

const ofResources = new Set(['availability_zone', 'gpu_type', 'gpu_count', 'cpu_cores', 'memory', 'image']);

/** Returns the argument that creates several tasks from one resource: for_each over unique names, or else count. */
function repeated(names) {
  const list = names.map((name) => `    ${literal(name)},\n`).join('');
  if (new Set(names).size === names.length) return { head: `  for_each = toset([\n${list}  ])\n\n`, name: expression('each.value') };
  return { head: `  count = ${names.length}\n\n`, name: expression(`[\n${list}  ][count.index]`) };
}

/**
 * Returns the resource block of a task or a request, or of several if there are names. It is always valid HCL. Comments state what
 * is missing: {field, message} each.
 */
export function resourceBlock(task, { names, missing = [] } = {}) {
  const existing = task.launchMode === 'existing';
  const config = task.resourceConfig;
  const several = names && repeated(names);
  const isMap = ([, value]) => value?.constructor === Object && !value.expression;
  const simple = previewFields(several ? { ...task, taskName: several.name } : task);
  const [inner, outer] = [missing.filter(({ field }) => ofResources.has(field)), missing.filter(({ field }) => !ofResources.has(field))];
  let text = `resource "fermi_training_task" "${resourceName(task.taskName || names?.[0] || '')}" {\n`;
  text += comments(outer, '  ');
  if (several) text += several.head;
  text += attributes([
    ...simple.filter((pair) => !isMap(pair)),
    // Mode existing has no resource_config. A request that has one got its mode by smart switching, so omit the
    // mode.
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
  for (const [attribute, map] of [...simple.filter(isMap), ['labels', task.labels ?? {}]]) {
    // An element may be empty.
    const pairs = Object.entries(map).map(([key, value]) => [literal(key), value === '' ? expression('""') : value]);
    if (pairs.length > 0) text += `\n  ${attribute} = {\n${attributes(pairs, '    ')}  }\n`;
  }
  return text + '}\n';
}

/** Returns the block that imports an existing task into Terraform's state. */
export function importBlock(task) {
  return `import {\n  to = fermi_training_task.${resourceName(task.taskName)}\n  id = ${literal(task.taskId)}\n}\n`;
}

/** Returns the blocks before either: the provider's source and the API's endpoint. */
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
