// When things are done that many events ask for.

/** Calls f once things have been quiet for a while; at the latest after ten such whiles. */
export function debounce(f, milliseconds) {
  let timer, since;
  return () => {
    since ??= performance.now();
    clearTimeout(timer);
    timer = setTimeout(() => { since = undefined; f(); }, performance.now() - since > 10 * milliseconds ? 0 : milliseconds);
  };
}

/** Lets only one run of f go on at a time; calls that come meanwhile make one more run after it. */
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
