// The source document's summary of the form, and the Terraform configuration.
import { drawBatch } from './batch.js';
import { byId, say } from './dom.js';
import { facts } from './facts.js';
import { number, t } from './format.js';
import { mistakes } from './form.js';
import { preamble, resourceBlock } from './hcl.js';

/** Draws the summary of a request. environment is the selected one, names are those of a batch. */
export function drawSummary(request, { environment, zoneName, names }) {
  const existing = request.launchMode === 'existing';
  const c = existing ? environment : request.resourceConfig;
  const zone = [t('field.zone'), c?.availabilityZone ? zoneName(c.availabilityZone) : t('none.chosen')];
  say(byId('summary-mode'), t(`summary.${request.launchMode}`));
  facts(byId('summary-facts'), [
    existing ? [t('field.environmentName'), environment?.name ?? t('none.chosen')] : zone,
    ['GPU', c?.gpuCount && t('gpus', { n: c.gpuCount, type: c.gpuType })],
    ['CPU', c?.cpuCores && t('cores', { n: number(c.cpuCores) })],
    [t('field.memory'), c?.memory && t('gigabytes', { n: number(c.memory) })],
    existing && environment ? zone : ['', ''],
  ]);
  drawBatch(names);
  const note = 'token' in document.documentElement.dataset ? t('terraform.token') : '';
  say(byId('terraform'), `${preamble(note)}\n${resourceBlock(request, { names, missing: mistakes(request) })}`);
}
