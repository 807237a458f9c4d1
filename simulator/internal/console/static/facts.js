// Lists of names and values.
import { h, keyed, say } from './dom.js';

/** Shows [name, value] pairs, omitting those without a value. */
export function facts(box, pairs) {
  const pairsWithValue = pairs.filter(([, value]) => value);
  keyed(box, pairsWithValue.flatMap(([name, value]) => [[`${name}:`, name, 'dt'], [name, value, 'dd']]),
    ([key]) => key, ([, , tag]) => h(tag), (element, [, text]) => say(element, text));
}
