import { createHash } from 'node:crypto';
import * as openpgp from 'openpgp';
import {
  type RepositoryFiles,
  RepositoryServer,
  releaseText,
} from '../../../src/packages/deb/repository/testing/repository.ts';
import { buildDeb, type MadePackage, paragraph } from './deb.ts';

/** The names that images configure; `--mirror` takes them to loopback. */
export const ARCHIVE_URL = 'http://deb.example.org/debian';

const KEY_DATE = new Date('2024-01-01T00:00:00Z');

export interface Suite {
  /** `stable`, `noble-updates` … */
  readonly suite: string;
  /** RFC 2822, as in a Release file. */
  readonly date: string;
  readonly packages: readonly MadePackage[];
  /** Of the packages' members; gzip when absent, zstd as Ubuntu has it. */
  readonly compression?: 'gzip' | 'zstd';
  /** Further lines of the Release file: `Valid-Until: …`. */
  readonly fields?: readonly string[];
  /** `none` leaves the Release file without a signature, `stranger` signs with a key the image does not trust. */
  readonly signed?: 'yes' | 'none' | 'stranger';
}

interface Key {
  readonly privateKey: openpgp.PrivateKey;
  readonly publicKey: Uint8Array;
}

/** A signed apt repository on loopback, with keys of its own; needs no tool. */
export class TestArchive {
  readonly server = new RepositoryServer(new Map());
  readonly #trusted: Key;
  readonly #stranger: Key;
  readonly #signed = new Map<openpgp.PrivateKey, ReadonlyMap<string, Buffer>>();
  #url = '';

  private constructor(trusted: Key, stranger: Key) {
    this.#trusted = trusted;
    this.#stranger = stranger;
  }

  static async start(): Promise<TestArchive> {
    const archive = new TestArchive(await makeKey('archive@example.org'), await makeKey('stranger@example.org'));
    archive.#url = await archive.server.start();
    return archive;
  }

  /** Options of the program that take the example names here. */
  get options(): string[] {
    return ['--mirror', `${ARCHIVE_URL}=${this.#url}`];
  }

  /** Base URL with a trailing slash. */
  get url(): string {
    return this.#url;
  }

  /** The keyring for the image, binary. */
  get keyring(): Uint8Array {
    return this.#trusted.publicKey;
  }

  get files(): RepositoryFiles {
    return this.server.files;
  }

  async publish(...suites: readonly Suite[]): Promise<void> {
    for (const suite of suites) await this.#publish(suite);
  }

  async #publish({ suite, date, packages, compression, fields = [], signed = 'yes' }: Suite): Promise<void> {
    const { files } = this.server;
    const paragraphs: string[] = [];
    for (const made of packages) {
      const deb = await buildDeb(made, compression);
      const path = poolPath(made);
      files.set(path, deb);
      const digest = createHash('sha256').update(deb).digest('hex');
      paragraphs.push(
        `${paragraph(made)}${made.indexFields ?? ''}Filename: ${path}\nSize: ${deb.length}\nSHA256: ${digest}\nDescription: made-up\n`,
      );
    }
    const index = Buffer.from(paragraphs.join('\n'));
    files.set(`dists/${suite}/main/binary-amd64/Packages`, index);
    const text = releaseText({ suite, date, fields }, new Map([['main/binary-amd64/Packages', index]]));
    const name = `dists/${suite}/InRelease`;
    if (signed === 'none') {
      files.delete(name);
      files.set(`dists/${suite}/Release`, Buffer.from(text));
    } else files.set(name, await this.#sign(text, date, signed === 'yes' ? this.#trusted : this.#stranger));
  }

  /** Signatures have a salt, so each text is signed once: a Release that was published again is the same file. */
  async #sign(text: string, date: string, { privateKey }: Key): Promise<Buffer> {
    const known = this.#signed.get(privateKey)?.get(text);
    if (known !== undefined) return known;
    const message = await openpgp.createCleartextMessage({ text });
    const when = new Date(Date.parse(date) + 60_000);
    const signed = Buffer.from(await openpgp.sign({ message, signingKeys: privateKey, date: when }));
    this.#signed.set(privateKey, new Map([...(this.#signed.get(privateKey) ?? []), [text, signed]]));
    return signed;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

export function poolPath({ name, version, architecture = 'amd64' }: MadePackage): string {
  return `pool/main/${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`;
}

async function makeKey(email: string): Promise<Key> {
  const { privateKey, publicKey } = await openpgp.generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ email }],
    date: KEY_DATE,
    format: 'object',
  });
  return { privateKey, publicKey: publicKey.write() };
}
