// Which part of the list of tasks is shown. It is in the URL, so that a view can be shared and Back leads to the one before.

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

/** The view that a URL's query names. What is no choice is left at its default. */
export function fromQuery(query) {
  const view = { ...fresh };
  for (const [name, value] of new URLSearchParams(query)) {
    if (choices[name]?.test(value)) view[name] = name === 'page' ? Number(value) : value;
  }
  return view;
}

/** The query that names a view, with what differs from the defaults; '' for the list as it opens. */
export function toQuery(view) {
  const query = new URLSearchParams(Object.entries(view).filter(([name, value]) => value !== fresh[name])).toString();
  return query && `?${query}`;
}

/** The parameters of the API for what the view filters. */
export const filtersOf = ({ status, launchMode, name }) =>
  new URLSearchParams(Object.entries({ status, launchMode, name }).filter(([, value]) => value));

/** Keeps a view for those who come back to the list from a task. */
export const keepView = (view) => sessionStorage.setItem(key, toQuery(view));

/** The path of the list in the view that was last seen. */
export const listPath = () => `/training-jobs${sessionStorage.getItem(key) ?? ''}`;
