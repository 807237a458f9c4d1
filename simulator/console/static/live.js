// Keeps a page up to date.

const every = 3000;

/** Calls all handlers again and again while the page is seen. */
export function live(handlers) {
  setInterval(() => {
    if (!document.hidden) for (const handler of Object.values(handlers)) handler();
  }, every);
}
