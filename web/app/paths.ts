/** Addresses of the pages, in one place: links and routes cannot disagree. */

function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

type Filters = Readonly<Record<string, string | undefined>>;

export const paths = {
  overview: () => '/',
  images: (filters: Filters = {}) => withQuery('/images', filters),
  /** A reference has slashes and colons of its own, so it is a parameter. */
  image: (reference: string, tab?: string) => withQuery('/image', { reference, tab }),
  vulnerabilities: (filters: Filters = {}) => withQuery('/vulnerabilities', filters),
  vulnerability: (id: string) => `/vulnerabilities/${encodeURIComponent(id)}`,
  runs: () => '/runs',
  run: (id: string) => `/runs/${encodeURIComponent(id)}`,
  waivers: (filters: Filters = {}) => withQuery('/waivers', filters),
  teams: () => '/teams',
  team: (name: string) => withQuery('/team', { name }),
  events: (filters: Filters = {}) => withQuery('/events', filters),
  report: (team?: string) => withQuery('/report', { team }),
} as const;
