// Selected tasks of the list, to be stopped or deleted together.
import { all, APIError, call, taskPath, tasksPath } from './api.js';
import { byId, h, say } from './dom.js';
import { t } from './format.js';
import { confirmed, guarded, tell } from './shell.js';
import { isLive } from './task.js';

const atOnce = 4; // concurrent calls; a browser allows six connections per server, one of which is the stream
const named = 5; // maximum number of names in a question or a result

/**
 * Keeps the selection across pages and updates, and enables the buttons. Calls list.changed() when the selection changes;
 * list.filters() returns the API parameters of the list.
 */
export function selection(list) {
  const chosen = new Map(); // the selected tasks as last seen, by id
  let page = []; // the tasks of the current page
  let total = 0; // number of matching tasks
  let acting = false;

  function draw() {
    const here = page.filter(({ taskId }) => chosen.has(taskId)).length;
    const box = byId('select-page');
    box.checked = page.length > 0 && here === page.length;
    box.indeterminate = here > 0 && here < page.length;
    box.disabled = page.length === 0 || acting;
    byId('selected-stop').disabled = acting || ![...chosen.values()].some(isLive);
    byId('selected-delete').disabled = acting || chosen.size === 0;
    byId('selected-clear').hidden = acting || chosen.size === 0;
    byId('selected-all').hidden = acting || !box.checked || chosen.size >= total;
    say(byId('selected-all'), t('jobs.select.all', { n: total }));
    if (!acting) say(byId('selected-count'), t('jobs.selected', { n: chosen.size }));
  }

  function changed() {
    draw();
    list.changed();
  }

  /** Applies an action to each of the tasks, some concurrently, and shows the result. Tasks that failed stay selected. */
  async function act(tasks, kind, send) {
    const failures = [];
    const left = [...tasks];
    let done = 0;
    let unreachable = false;
    acting = true;
    draw();
    const work = async () => {
      while (left.length > 0 && !unreachable) {
        const task = left.shift();
        try {
          await send(task);
          chosen.delete(task.taskId);
          done++;
        } catch (error) {
          if (!(error instanceof APIError)) throw error;
          failures.push(t('jobs.failure', { name: isolated(task.taskName), message: error.message }));
          unreachable = error.status === 0;
        }
        say(byId('selected-count'), t('jobs.acting', { done, n: tasks.length }));
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, work));
    } finally {
      acting = false;
      changed();
    }
    const failed = tasks.length - done;
    if (failed === 0) tell('good', t(`jobs.${kind}`, { n: done }));
    else tell('bad', t(`jobs.${kind}.partly`, { n: done, failed }), ...failures.slice(0, named));
  }

  byId('selected-stop').addEventListener('click', guarded(async () => {
    const tasks = [...chosen.values()].filter(isLive);
    if (!await confirmed(t('jobs.stop.really', { n: tasks.length, names: names(tasks) }), t('stop'))) return;
    // A task that has ended meanwhile doesn't need to be stopped.
    await act(tasks, 'stopped', ({ taskId }) => unless([404, 409, 410], call('POST', `${taskPath(taskId)}/stop`)));
  }));
  byId('selected-delete').addEventListener('click', guarded(async () => {
    const tasks = [...chosen.values()];
    if (!await confirmed(t('jobs.delete.really', { n: tasks.length, names: names(tasks) }), t('delete'))) return;
    await act(tasks, 'deleted', ({ taskId }) => unless([404, 410], call('DELETE', taskPath(taskId))));
  }));
  byId('selected-all').addEventListener('click', guarded(async () => {
    for (const task of await all(`${tasksPath}?${list.filters()}`)) chosen.set(task.taskId, task);
    changed();
  }));
  byId('selected-clear').addEventListener('click', () => {
    chosen.clear();
    changed();
    byId('select-page').focus();
  });
  byId('select-page').addEventListener('change', ({ target }) => {
    for (const task of page) {
      if (target.checked) chosen.set(task.taskId, task);
      else chosen.delete(task.taskId);
    }
    changed();
  });

  return {
    has: (id) => chosen.has(id),
    /** Returns the checkbox of a row. */
    box: (id) => h('input', {
      type: 'checkbox',
      change({ target }) {
        if (target.checked) chosen.set(id, page.find(({ taskId }) => taskId === id));
        else chosen.delete(id);
        draw();
      },
    }),
    /** Updates the selection with the tasks of the page and the number of matching tasks. */
    see(tasks, matching) {
      page = tasks;
      total = matching;
      for (const task of tasks) if (chosen.has(task.taskId)) chosen.set(task.taskId, task);
      draw();
    },
    /** Removes a deleted task. */
    forget(id) {
      if (chosen.delete(id)) draw();
    },
    clear() {
      chosen.clear();
      draw();
    },
  };
}

/** Waits for a call and ignores errors with these statuses. */
async function unless(statuses, answer) {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof APIError) || !statuses.includes(error.status)) throw error;
  }
}

/** Isolates the direction of a name from the sentence around it. */
const isolated = (name) => `\u2068${name}\u2069`;

function names(tasks) {
  const shown = tasks.slice(0, named).map(({ taskName }) => isolated(taskName)).join(t('list.comma'));
  return tasks.length > named ? t('jobs.more', { names: shown, n: tasks.length - named }) : shown;
}
