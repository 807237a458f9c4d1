// The view of the list of tasks: filters, order and page. It is in the URL, so that it can be shared and is part of the
// history.

const key = 'fermi-jobs-view';
const fresh = { status: '', launchMode: '', name: '', sort: 'createdAt', order: 'desc', page: 1 };
const choices = {
  status: /^(queued|allocating|starting|running|succeeded|failed|stopped)$/,
  launchMode: /^(existing|dynamic)$/,
  name: /\S/,
  sort: /^(createdAt|taskName|status)$/,
  order: /^(asc|desc)$/,
  page: /^[1-9][0-9]{0,8}$/,
};

/** Returns the view for a URL query. Invalid values get their default. */
export function fromQuery(query) {
  const view = { ...fresh };
  for (const [name, value] of new URLSearchParams(query)) {
    if (choices[name]?.test(value)) view[name] = name === 'page' ? Number(value) : value;
  }
  return view;
}

/** Returns the query of a view, with the values that differ from the defaults; '' for the default view. */
export function toQuery(view) {
  const query = new URLSearchParams(Object.entries(view).filter(([name, value]) => value !== fresh[name])).toString();
  return query && `?${query}`;
}

/** Returns the API parameters for the view's filters. */
export const filtersOf = ({ status, launchMode, name }) =>
  new URLSearchParams(Object.entries({ status, launchMode, name }).filter(([, value]) => value));

/** Saves a view for returning to the list from a task. */
export const keepView = (view) => sessionStorage.setItem(key, toQuery(view));

/** Returns the path of the list in the saved view. */
export const listPath = () => `/training-jobs${sessionStorage.getItem(key) ?? ''}`;
