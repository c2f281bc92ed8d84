import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Files of a repository by their path below the archive root. */
export type RepositoryFiles = Map<string, Uint8Array>;

export interface TestPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly content?: string;
  /** Further lines of the paragraph. */
  readonly fields?: readonly string[];
}

export interface TestRelease {
  readonly suite: string;
  readonly date: string;
  /** Further lines of the Release file. */
  readonly fields?: readonly string[];
  readonly codename?: string;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A Packages file of these packages; their pool files go into `files`. */
export function packagesFile(packages: readonly TestPackage[], files: RepositoryFiles): string {
  return packages
    .map(({ name, version, architecture = 'amd64', content = `${name} ${version}`, fields = [] }) => {
      const path = `pool/${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`;
      const bytes = Buffer.from(content);
      files.set(path, bytes);
      return [
        ...[`Package: ${name}`, `Version: ${version}`, `Architecture: ${architecture}`, ...fields],
        ...[`Filename: ${path}`, `Size: ${bytes.length}`, `SHA256: ${sha256(bytes)}`, 'Description: a test'],
        '',
      ].join('\n');
    })
    .join('\n');
}

/** Text of a Release file that lists these index files (paths relative to it). */
export function releaseText(release: TestRelease, indexes: ReadonlyMap<string, Uint8Array>): string {
  const { suite, date, codename = suite, fields = [] } = release;
  return [
    ...['Origin: Example', 'Label: Example', `Suite: ${suite}`, `Codename: ${codename}`, `Date: ${date}`],
    ...['Architectures: amd64 arm64', 'Components: main', ...fields, 'SHA256:'],
    ...[...indexes].map(([path, bytes]) => ` ${sha256(bytes)} ${String(bytes.length).padStart(8)} ${path}`),
    '',
  ].join('\n');
}

/** An unsigned repository with one component: pool, by-hash, Packages.gz (plain Packages is listed only) and its Release. */
export function buildRepository(
  release: TestRelease,
  packages: readonly TestPackage[],
  files: RepositoryFiles = new Map(),
): { files: RepositoryFiles; release: string } {
  const plain = Buffer.from(packagesFile(packages, files));
  const compressed = gzipSync(plain);
  const directory = `dists/${release.suite}/main/binary-amd64`;
  files.set(`${directory}/Packages.gz`, compressed);
  files.set(`${directory}/by-hash/SHA256/${sha256(compressed)}`, compressed);
  const indexes = new Map([
    ['main/binary-amd64/Packages', plain],
    ['main/binary-amd64/Packages.gz', compressed],
  ]);
  return { files, release: releaseText(release, indexes) };
}

export function writeFiles(directory: string, files: RepositoryFiles): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  }
}

/** Serves files on loopback; what was asked for is in `requests`. */
export class RepositoryServer {
  readonly files: RepositoryFiles;
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[] = [];
  /** Answers a request in place of the files when it returns a status (and a Location). */
  intercept: (request: IncomingMessage) => { status: number; location?: string } | undefined = () => undefined;
  readonly #server: Server;

  constructor(files: RepositoryFiles) {
    this.files = files;
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent((request.url ?? '/').slice(1));
      this.requests.push({ path, authorization: request.headers.authorization });
      const answer = this.intercept(request);
      const bytes = this.files.get(path);
      if (answer !== undefined) {
        response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location }).end();
      } else if (bytes === undefined) response.writeHead(404).end('not found');
      else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    });
  }

  /** @returns the base URL with a trailing slash */
  async start(host = '127.0.0.1'): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, host, resolve));
    return `http://${host}:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
