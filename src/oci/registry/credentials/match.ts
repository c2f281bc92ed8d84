const DOCKER_HUB_NAMES: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** The key that docker login writes and credential helpers know Docker Hub by. */
export const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

export function isDockerHub(host: string): boolean {
  return DOCKER_HUB_NAMES.includes(host);
}

/**
 * The keys of a configuration that apply to a repository, best first: each path prefix as podman does
 * (containers-auth.json(5): `host/team/app`, `host/team`, `host`), always whole path components, and for Docker Hub under
 * each of its names. Matching parts of a host name would hand credentials to a stranger (sigstore-js #1718).
 */
export function candidateKeys(host: string, repository: string | undefined): string[] {
  const hosts = isDockerHub(host) ? DOCKER_HUB_NAMES : [host];
  const parts = repository?.split('/') ?? [];
  const paths = parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`);
  return [...paths, ''].flatMap((path) => hosts.map((name) => name.toLowerCase() + path));
}

/**
 * A configuration's key in comparable form: without scheme, without the `/v1/` or `/v2/` that old clients wrote, host in
 * lower case. `https://index.docker.io/v1/` becomes `index.docker.io`, `quay.io/team` stays.
 */
export function normalizeKey(key: string): string {
  const bare = key.replace(/^https?:\/\//i, '').replace(/\/+$/, '');
  const [host = '', ...path] = bare.split('/');
  const kept = path.length === 1 && /^v[12]$/.test(path[0] ?? '') ? [] : path;
  return [host.toLowerCase(), ...kept].join('/');
}
