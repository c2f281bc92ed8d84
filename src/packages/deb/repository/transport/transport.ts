import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isSutureError, SutureError } from '../../../../core/errors/error.ts';
import { type ByteStream, fromBytes } from '../../../../core/streams.ts';
import type { HttpClient } from '../../../../net/types.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { type AuthFile, basicAuthorization, credentialsFor, type FoundCredentials } from './credentials.ts';
import { describeLocation, type Location } from './redirects.ts';

/** What repositories need of HTTP: whole small answers, and large files that go on after a cut. */
export type RepositoryHttp = Pick<HttpClient, 'get' | 'download'>;

export type Answer =
  | { readonly kind: 'found'; readonly body: ByteStream }
  /** The place answered, but has no such file for us; `why` is for a person (`HTTP status 404`). */
  | { readonly kind: 'absent'; readonly why: string };

/** Fetches files of repositories over HTTP, from a local directory or from inside the image. */
export class RepositoryTransport {
  readonly #http: RepositoryHttp | undefined;
  readonly #tree: VirtualTree;
  readonly #auth: readonly AuthFile[];

  /** @param http undefined when no network may be used: only directories and the image are read. */
  constructor(http: RepositoryHttp | undefined, tree: VirtualTree, auth: readonly AuthFile[]) {
    this.#http = http;
    this.#tree = tree;
    this.#auth = auth;
  }

  /** @throws SutureError REPOSITORY_UNREACHABLE when the place does not answer; LIMIT_EXCEEDED while reading */
  async open(location: Location, path: string, limit: number): Promise<Answer> {
    const segments = relativeSegments(path);
    if (location.kind === 'image') return this.#openInImage(location.path + segments.join('/'), limit);
    if (location.kind === 'directory') return openFile(location.path + segments.join('/'));
    const url = urlOf(location.url, segments);
    const http = this.#requireHttp(url);
    const found = this.#credentials(location, url);
    try {
      const response = await http.get(url, { headers: headersOf(found), limit });
      if (response.status === 200) return { kind: 'found', body: reachable(response.body, url) };
      response.discard();
      if (response.status >= 400 && response.status < 500 && response.status !== 429) {
        return { kind: 'absent', why: `HTTP status ${response.status}${credentialsNote(response.status, found)}` };
      }
      throw new SutureError('REPOSITORY_UNREACHABLE', `${url} answers with HTTP status ${response.status}`);
    } catch (error) {
      throw unreachable(url, error);
    }
  }

  /** As `open`, for a file whose size and digest are known: a cut download goes on where it stopped. */
  async openFile(location: Location, path: string, size: number): Promise<Answer> {
    if (location.kind !== 'http') return this.open(location, path, size);
    const url = urlOf(location.url, relativeSegments(path));
    const http = this.#requireHttp(url);
    const options = { headers: headersOf(this.#credentials(location, url)), size, contentAddressed: true };
    return { kind: 'found', body: reachable(http.download(url, options), url) };
  }

  #requireHttp(url: string): RepositoryHttp {
    if (this.#http !== undefined) return this.#http;
    throw new SutureError('REPOSITORY_UNREACHABLE', `${url} is not in the cache, and the network may not be used`);
  }

  #credentials({ credentials }: Location & { kind: 'http' }, url: string): FoundCredentials {
    return credentials === undefined ? credentialsFor(this.#auth, url) : { credentials };
  }

  #openInImage(path: string, limit: number): Answer {
    if (this.#tree.stat(path)?.type !== 'file') return { kind: 'absent', why: `the image has no ${path}` };
    return { kind: 'found', body: fromBytes(this.#tree.readFile(path, limit)) };
  }
}

function headersOf({ credentials }: FoundCredentials): Record<string, string> {
  return credentials === undefined ? {} : { authorization: basicAuthorization(credentials) };
}

/** What is wrong with the credentials, for a person; never the credentials themselves. */
function credentialsNote(status: number, { credentials, withheldBy }: FoundCredentials): string {
  if (status !== 401 && status !== 403) return '';
  if (credentials !== undefined) return ': the credentials that were given are refused';
  if (withheldBy !== undefined)
    return `: the credentials of ${withheldBy} are not sent unencrypted, unless its entry names http://`;
  return ': it needs credentials, in auth.conf.d of the image or by --apt-auth';
}

async function openFile(path: string): Promise<Answer> {
  try {
    if (!(await stat(path)).isFile()) return { kind: 'absent', why: `${path} is not a file` };
    return { kind: 'found', body: createReadStream(path, { highWaterMark: 1024 * 1024 }) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent', why: `there is no ${path}` };
    throw new SutureError('FILE_UNREADABLE', `${path} cannot be read`, { cause: error });
  }
}

/** Path segments without `.` and empty ones. @throws SutureError PATH_UNSAFE for a path that would leave its repository */
function relativeSegments(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..') || path.includes('\0') || segments.length === 0) {
    throw new SutureError('PATH_UNSAFE', `the repository names the path "${path.slice(0, 200)}"`);
  }
  return segments;
}

/** apt sends `+` as `%2b`, since some servers take it for a space; encodeURIComponent does as well. */
function urlOf(base: string, segments: readonly string[]): string {
  return base + segments.map((segment) => encodeURIComponent(segment)).join('/');
}

async function* reachable(body: ByteStream, url: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw unreachable(url, error);
  }
}

function unreachable(url: string, error: unknown): unknown {
  if (isSutureError(error, 'REPOSITORY_UNREACHABLE', 'LIMIT_EXCEEDED')) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new SutureError('REPOSITORY_UNREACHABLE', `${url} cannot be fetched: ${why}`, { cause: error });
}

export function absentEverywhere(what: string, answers: readonly { location: Location; why: string }[]): SutureError {
  const places = answers.map(({ location, why }) => `${describeLocation(location)} (${why})`).join(', ');
  return new SutureError('REPOSITORY_UNREACHABLE', `${what} is not at ${places}`);
}
