// Elements. Users' texts are inserted as text, never as markup.

const properties = new Set(['value', 'checked', 'disabled', 'hidden', 'max', 'open', 'selected', 'indeterminate']);

/** Creates an element. Functions become listeners, `data` becomes data attributes; children are nodes or strings. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (properties.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Sets a text unless it is already there, so that screen readers don't repeat it and selections are kept. */
export function say(element, text = '') {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows a text, or hides the element if the text is empty. */
export function sayOrHide(element, text = '') {
  say(element, text);
  element.hidden = text === '';
}

/**
 * Updates parent's children to those of the items, in their order. Existing children are kept, so that focus and selection
 * survive; make(item) creates a new child, fill(element, item) updates it.
 */
export function keyed(parent, items, keyOf, make, fill) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, i) => {
    const key = String(keyOf(item));
    let child = old.get(key);
    old.delete(key);
    if (!child) {
      child = make(item);
      child.dataset.key = key;
    }
    fill?.(child, item);
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null);
  });
  for (const child of old.values()) child.remove();
}

/** Sets a select's options to [value, text] pairs. Keeps the selection if it still exists. */
export function options(select, pairs) {
  const chosen = select.value;
  keyed(select, pairs, ([value]) => value, ([value]) => h('option', { value }), (option, [, text]) => say(option, text));
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}
