import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import { collect } from '../../../core/streams.ts';
import type { HttpClient } from '../../../net/types.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { describeLocation, type Location } from './locations.ts';

/** What repositories need of HTTP: whole small answers, and large files that go on after a cut. */
export type RepositoryHttp = Pick<HttpClient, 'get' | 'download'>;

/** Reads files of repositories whole: over HTTP, from a local directory or from inside the image. */
export class RepositoryTransport {
  readonly #http: RepositoryHttp | undefined;
  readonly #tree: VirtualTree;

  /** @param http undefined when no network may be used */
  constructor(http: RepositoryHttp | undefined, tree: VirtualTree) {
    this.#http = http;
    this.#tree = tree;
  }

  /**
   * The file at the first of several places that has it.
   * @param size exact length when known; then a cut download is continued
   * @throws SutureError REPOSITORY_UNREACHABLE, LIMIT_EXCEEDED
   */
  async readFirst(
    locations: readonly Location[],
    path: string,
    limit: number,
    size?: number,
  ): Promise<{ readonly bytes: Buffer; readonly location: Location }> {
    const absent: string[] = [];
    for (const location of locations) {
      const answer = await this.#read(location, path, limit, size);
      if (typeof answer !== 'string') return { bytes: answer, location };
      absent.push(`${describeLocation(location)} (${answer})`);
    }
    throw new SutureError('REPOSITORY_UNREACHABLE', `${path} is not at ${absent.join(', ')}`);
  }

  /** The content, or why the place does not have it. */
  async #read(location: Location, path: string, limit: number, size: number | undefined): Promise<Buffer | string> {
    if (location.kind === 'image') {
      const whole = location.path + path;
      if (this.#tree.stat(whole)?.type !== 'file') return `the image has no ${whole}`;
      return Buffer.from(this.#tree.readFile(whole, limit));
    }
    return location.kind === 'directory'
      ? readLocal(location.path + path, limit)
      : this.#fetch(location, path, limit, size);
  }

  async #fetch(
    { url: base, authorization }: Location & { kind: 'http' },
    path: string,
    limit: number,
    size: number | undefined,
  ): Promise<Buffer | string> {
    const headers = authorization === undefined ? {} : { authorization };
    const url = base + path.split('/').map(encodeURIComponent).join('/');
    if (this.#http === undefined) {
      throw new SutureError('REPOSITORY_UNREACHABLE', `${url} is not in the cache, and the network may not be used`);
    }
    try {
      if (size !== undefined)
        return await collect(this.#http.download(url, { headers, size, limit, contentAddressed: true }), limit, url);
      const response = await this.#http.get(url, { headers, limit });
      if (response.status === 200) return await collect(response.body, limit, url);
      response.discard();
      if (response.status >= 400 && response.status < 500 && response.status !== 429)
        return `HTTP status ${response.status}`;
      throw new SutureError('REPOSITORY_UNREACHABLE', `${url} answers with HTTP status ${response.status}`);
    } catch (error) {
      if (isSutureError(error, 'REPOSITORY_UNREACHABLE', 'LIMIT_EXCEEDED')) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new SutureError('REPOSITORY_UNREACHABLE', `${url} cannot be fetched: ${why}`, { cause: error });
    }
  }
}

async function readLocal(path: string, limit: number): Promise<Buffer | string> {
  try {
    if (!(await stat(path)).isFile()) return `${path} is not a file`;
    return await collect(createReadStream(path, { highWaterMark: 1024 * 1024 }), limit, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no ${path}`;
    if (error instanceof SutureError) throw error;
    throw new SutureError('FILE_UNREADABLE', `${path} cannot be read`, { cause: error });
  }
}
