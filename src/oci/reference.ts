import { type Digest, isDigest } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';

/** A name in a registry, canonical: the host is always there, Docker Hub's short names are written out. */
export interface Reference {
  /** `registry.example.org`, `localhost:5000`, `[::1]:5000`; `docker.io` for names without a host. */
  readonly host: string;
  /** `team/app`; for Docker Hub `library/debian`. */
  readonly repository: string;
  readonly tag?: string;
  /** With a tag as well, the digest decides what is read and the tag is only for people. */
  readonly digest?: Digest;
}

const DEFAULT_HOST = 'docker.io';

// distribution/reference grammar (regexp.go); path components allow `_`, `.`, `__` or any run of `-` between alphanumerics.
const HOST_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = new RegExp(
  `^(?:${HOST_COMPONENT}(?:\\.${HOST_COMPONENT})*|\\[(?:[a-fA-F0-9:]+(?:\\.[0-9]+){0,3})\\])(?::[0-9]+)?$`,
);
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const IMAGE_ID = /^[a-f0-9]{64}$/;
/** Length of host and repository together, the slash between them not counted twice (distribution's NameTotalLengthMax). */
const NAME_LENGTH = 255;

function invalid(text: string, reason: string): SutureError {
  return new SutureError('REFERENCE_INVALID', `"${text.slice(0, 300)}" is not an image reference: ${reason}`);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Parses `[HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST]` as docker and skopeo do: without a host it is Docker Hub, and there a
 * single component gets `library/`. No tag is added: what a name without one means is the caller's decision.
 * @throws SutureError REFERENCE_INVALID
 */
export function parseReference(text: string): Reference {
  const { rest, digest } = splitDigest(text);
  const { name, tag } = splitTag(text, rest);
  if (IMAGE_ID.test(name)) throw invalid(text, 'a bare image ID names nothing in a registry');
  const { host, repository } = splitHost(name);
  if (!HOST.test(host)) throw invalid(text, `"${host}" is not a registry host`);
  if (repository !== repository.toLowerCase()) throw invalid(text, 'the repository must be lower case');
  if (!REPOSITORY.test(repository)) throw invalid(text, `"${repository}" is not a repository name`);
  if (host.length + repository.length + 1 > NAME_LENGTH) throw invalid(text, `it is longer than ${NAME_LENGTH}`);
  return {
    host,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function splitDigest(text: string): { rest: string; digest?: Digest } {
  const at = text.indexOf('@');
  if (at < 0) return { rest: text };
  const digest = text.slice(at + 1);
  if (!isDigest(digest)) throw invalid(text, `"${digest}" is not a digest (sha256:<64 hex> expected)`);
  return { rest: text.slice(0, at), digest };
}

function splitTag(text: string, rest: string): { name: string; tag?: string } {
  const colon = rest.lastIndexOf(':');
  // A colon before the last slash belongs to a port or an IPv6 address.
  if (colon < 0 || colon < rest.lastIndexOf('/')) return { name: rest };
  const tag = rest.slice(colon + 1);
  if (!TAG.test(tag)) throw invalid(text, `"${tag}" is not a tag`);
  return { name: rest.slice(0, colon), tag };
}

/** The first component is a host if it has a dot or colon, is `localhost`, or has an upper-case letter (no repository has). */
function splitHost(name: string): { host: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const host = isHost ? first : DEFAULT_HOST;
  const repository = isHost ? name.slice(slash + 1) : name;
  const canonicalHost = host === 'index.docker.io' ? DEFAULT_HOST : host;
  const short = canonicalHost === DEFAULT_HOST && repository !== '' && !repository.includes('/');
  return { host: canonicalHost, repository: short ? `library/${repository}` : repository };
}

/** The canonical spelling; `parseReference` of it gives the same reference. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.host}/${reference.repository}${tag}${digest}`;
}
