// The Terraform configuration of a task.

const escapes = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '${': '$${', '%{': '%%{' };

/** A string literal of Terraform's language. */
export function literal(text) {
  const escaped = String(text).replace(/["\\\n\r\t]|[$%]\{/g, (c) => escapes[c])
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}

/** A name for a resource that a task's name makes one think of. */
export function resourceName(taskName) {
  const name = taskName.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 60);
  if (name === '') return 'task';
  return /^[0-9]/.test(name) ? `task_${name}` : name;
}

/** Lines of a block's attributes, with their equals signs in one column as `terraform fmt` has them. */
function attributes(pairs, indent) {
  const given = pairs.filter(([, value]) => value !== undefined);
  const width = Math.max(...given.map(([name]) => name.length));
  return given.map(([name, value]) => {
    const text = typeof value === 'number' ? String(value) : literal(value);
    return `${indent}${name.padEnd(width)} = ${text}\n`;
  }).join('');
}

/** The resource block of a task, or of a request for one. */
export function resourceBlock(task) {
  const existing = task.launchMode === 'existing';
  const config = task.resourceConfig;
  let text = `resource "fermi_training_task" "${resourceName(task.taskName ?? '')}" {\n` + attributes([
    ['task_name', task.taskName ?? ''],
    ['description', task.description || undefined],
    ['dataset_id', task.datasetId ?? ''],
    ['dataset_version_id', task.datasetVersionId ?? ''],
    ['model_id', task.modelId || undefined],
    // Mode existing takes no resource_config: what came to it by smart switching has kept one, and leaves the mode open.
    ['launch_mode', existing && config ? undefined : task.launchMode],
    ['environment_id', existing ? task.environmentId ?? '' : undefined],
  ], '  ');
  if (config) {
    text += '\n  resource_config = {\n' + attributes([
      ['availability_zone', config.availabilityZone ?? ''],
      ['gpu_type', config.gpuType ?? ''],
      ['gpu_count', config.gpuCount],
      ['cpu_cores', config.cpuCores],
      ['memory', config.memory],
      ['image', config.image ?? ''],
    ], '    ') + '  }\n';
  }
  const labels = Object.entries(task.labels ?? {});
  if (labels.length > 0) {
    text += `\n  labels = {\n${attributes(labels.map(([key, value]) => [literal(key), value]), '    ')}  }\n`;
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
