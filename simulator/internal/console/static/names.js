// Names of the things that tasks refer to by id.
import { all, APIError, get } from './api.js';

let zones = new Map();
const others = new Map(); // promises of names, by path

/** Loads the names of the zones. */
export async function loadZones() {
  zones = new Map((await all('/api/v1/availability-zones')).map(({ id, name }) => [id, name]));
}

/** Returns a zone's name, or its id if the name is unknown. */
export const zoneName = (id) => zones.get(id) ?? id;

/** Returns the name of a dataset or model with its id, or only the id if the name is unknown. */
export function catalogName(kind, id) {
  const path = `/api/v1/${kind}/${encodeURIComponent(id)}`;
  if (!others.has(path)) {
    others.set(path, get(path).then(({ data }) => (data.name ? `${data.name} (${id})` : id), (error) => {
      if (!(error instanceof APIError)) throw error;
      if (error.status !== 404) others.delete(path); // retry next time
      return id;
    }));
  }
  return others.get(path);
}
