// Several tasks from one form: so many, or one for each of some names.
import { byId, sayOrHide } from './dom.js';
import { t } from './format.js';

const most = 100;

const typed = () => byId('batch-names').value.split('\n').map((line) => line.trim()).filter(Boolean);

/** How many tasks the count asks for; NaN where it is no number of tasks. */
function count() {
  const text = byId('batch-count').value.trim();
  const n = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return n >= 1 && n <= most ? n : NaN;
}

/** The names of the tasks that the form asks for: those typed in, or the task's own with numbers behind it. One task has no list. */
export function batchNames(taskName) {
  const names = typed();
  if (names.length > 0) return names;
  const n = count();
  return n > 1 && taskName !== '' ? Array.from({ length: n }, (_, i) => `${taskName}-${i + 1}`) : undefined;
}

/** What is wrong with the batch as {message, element}; undefined where nothing is. */
export function batchMistake() {
  const names = typed();
  if (names.length > most) return { message: t('mistake.batchNames', { most, n: names.length }), element: byId('batch-names') };
  if (names.length === 0 && Number.isNaN(count())) return { message: t('mistake.batchCount', { most }), element: byId('batch-count') };
  return undefined;
}

/** Says which tasks there will be, where they are several. */
export function drawBatch(names) {
  if (!names) return sayOrHide(byId('batch-preview'));
  const some = names.length > 4 ? `${names.slice(0, 3).join(', ')} … ${names.at(-1)}` : names.join(', ');
  return sayOrHide(byId('batch-preview'), t('batch.preview', { n: names.length, names: some }));
}

/** Makes the form ask for one task. */
export function resetBatch() {
  byId('batch-count').value = 1;
  byId('batch-names').value = '';
}
