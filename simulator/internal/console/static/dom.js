// Elements. Whatever comes from users goes in as text, never as markup.

const properties = new Set(['value', 'checked', 'disabled', 'hidden', 'max', 'open', 'selected', 'indeterminate']);

/** Makes an element. Functions become listeners, `data` the data attributes; children are nodes or texts. */
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

/** Sets a text, and touches nothing where it stands already: readers are not told twice, selections stay. */
export function say(element, text = '') {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows a text, or hides the element where there is none. */
export function sayOrHide(element, text = '') {
  say(element, text);
  element.hidden = text === '';
}

/**
 * Makes parent's children those of the items, one each in their order. A child that was there stays the same
 * element, so that focus and choices stay; make(item) makes a new one, fill(element, item) brings it up to date.
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

/** Makes a select's options those of [value, text] pairs, keeping the choice where it still exists. */
export function options(select, pairs) {
  const chosen = select.value;
  keyed(select, pairs, ([value]) => value, ([value]) => h('option', { value }), (option, [, text]) => say(option, text));
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}
