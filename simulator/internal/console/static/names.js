// What people call the things that tasks refer to by their ids.
import { all, APIError, get } from './api.js';

let zones = new Map();
const others = new Map(); // promises of names, by path

/** Reads the names of the zones. */
export async function loadZones() {
  zones = new Map((await all('/api/v1/availability-zones')).map(({ id, name }) => [id, name]));
}

/** A zone's name; its id before the names are read, and where it has gone. */
export const zoneName = (id) => zones.get(id) ?? id;

/** The name of a dataset or model with its id; the id alone where it has no name, or none can be had. */
export function catalogName(kind, id) {
  const path = `/api/v1/${kind}/${encodeURIComponent(id)}`;
  if (!others.has(path)) {
    others.set(path, get(path).then(({ data }) => (data.name ? `${data.name} (${id})` : id), (error) => {
      if (!(error instanceof APIError)) throw error;
      if (error.status !== 404) others.delete(path); // it is asked for again
      return id;
    }));
  }
  return others.get(path);
}
