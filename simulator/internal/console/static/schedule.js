// When to do things that many events ask for.

/** Calls f after a period without calls, at the latest after ten such periods. */
export function debounce(f, milliseconds) {
  let timer, since;
  return () => {
    since ??= performance.now();
    clearTimeout(timer);
    timer = setTimeout(() => { since = undefined; f(); }, performance.now() - since > 10 * milliseconds ? 0 : milliseconds);
  };
}

/** Runs f only once at a time. Calls during a run cause one more run after it. */
export function oneAtATime(f) {
  let running, again;
  return () => {
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await f();
      } while (again);
    })().finally(() => { running = undefined; });
    return running;
  };
}
