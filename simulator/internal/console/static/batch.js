// Creating several tasks from one form: a number of tasks, or one for each of a list of names.
import { byId, sayOrHide } from './dom.js';
import { t } from './format.js';

const most = 100;

const typed = () => byId('batch-names').value.split('\n').map((line) => line.trim()).filter(Boolean);

/** Returns the number of tasks in the field; NaN if it is invalid. */
function count() {
  const text = byId('batch-count').value.trim();
  const n = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return n >= 1 && n <= most ? n : NaN;
}

/** Returns the names of the tasks: those in the list, or the task's own name with numbers. Returns undefined for a single task. */
export function batchNames(taskName) {
  const names = typed();
  if (names.length > 0) return names;
  const n = count();
  return n > 1 && taskName !== '' ? Array.from({ length: n }, (_, i) => `${taskName}-${i + 1}`) : undefined;
}

/** Returns the error in the batch as {message, element}, or undefined. */
export function batchMistake() {
  const names = typed();
  if (names.length > most) return { message: t('mistake.batchNames', { most, n: names.length }), element: byId('batch-names') };
  if (names.length === 0 && Number.isNaN(count())) return { message: t('mistake.batchCount', { most }), element: byId('batch-count') };
  return undefined;
}

/** Shows which tasks will be created if there are several. */
export function drawBatch(names) {
  if (!names) return sayOrHide(byId('batch-preview'));
  const some = names.length > 4 ? `${names.slice(0, 3).join(', ')} … ${names.at(-1)}` : names.join(', ');
  return sayOrHide(byId('batch-preview'), t('batch.preview', { n: names.length, names: some }));
}

/** Resets the form to a single task. */
export function resetBatch() {
  byId('batch-count').value = 1;
  byId('batch-names').value = '';
}
