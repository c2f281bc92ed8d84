import { readFile } from 'node:fs/promises';
import { byteStringToBytes } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { configurationFiles } from '../configuration/file-names.ts';
import type { AptSource, SignedBy } from '../configuration/source.ts';
import { matchesRepository } from '../transport/redirects.ts';
import { type Keyring, type KeyringFile, readKeyrings } from './keyring.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** A keyring file of this machine that the caller trusts. */
export interface PinnedKeyring {
  /** Path of a binary or armored keyring. */
  readonly path: string;
  /**
   * The repositories it is for, spelled as in a redirect: its keys then take the place of those of the image. Without it
   * the keys are added to those that the image trusts for every repository.
   */
  readonly for?: string;
}

export interface SourceKeys {
  readonly keyring: Keyring;
  readonly fingerprints: readonly Extract<SignedBy, { kind: 'fingerprint' }>[];
}

/**
 * The keys a repository must be signed with: those pinned for it, else those of its Signed-By, else all that the image
 * trusts (trusted.gpg, trusted.gpg.d/*.gpg and *.asc) with the caller's general ones.
 */
export class SourceKeyrings {
  readonly #tree: VirtualTree;
  readonly #pinned: readonly PinnedKeyring[];
  readonly #loaded = new Map<string, Promise<Keyring>>();

  constructor(tree: VirtualTree, pinned: readonly PinnedKeyring[]) {
    this.#tree = tree;
    this.#pinned = pinned;
  }

  async keysOf(source: AptSource): Promise<SourceKeys> {
    const pins = this.#pinned.filter(
      (pin) => pin.for !== undefined && matchesRepository(pin.for, source.uri, source.suite),
    );
    if (pins.length > 0) return { keyring: await this.#load('pinned', pins, []), fingerprints: [] };
    const fingerprints = source.signedBy.filter((item) => item.kind === 'fingerprint');
    const inline = source.signedBy.filter((item) => item.kind === 'inline');
    const paths = source.signedBy.filter((item) => item.kind === 'file').map(({ path }) => path);
    if (inline.length > 0) {
      const files = inline.map(({ armored }) => ({
        name: `${source.origin} Signed-By`,
        bytes: byteStringToBytes(armored),
      }));
      return { keyring: await readKeyrings(files), fingerprints };
    }
    if (paths.length > 0 && source.ofCaller === true) {
      const files = paths.map((path) => ({ path }));
      return { keyring: await this.#load('caller', files, []), fingerprints };
    }
    if (paths.length > 0) return { keyring: await this.#load('image', [], paths), fingerprints };
    const general = this.#pinned.filter((pin) => pin.for === undefined);
    const trusted = [
      '/etc/apt/trusted.gpg',
      ...configurationFiles(this.#tree, '/etc/apt/trusted.gpg.d', ['gpg', 'asc']),
    ].filter((path) => this.#tree.stat(path)?.type === 'file');
    return { keyring: await this.#load('general', general, trusted), fingerprints };
  }

  #load(kind: string, pinned: readonly PinnedKeyring[], paths: readonly string[]): Promise<Keyring> {
    const key = JSON.stringify([kind, pinned, paths]);
    const loaded = this.#loaded.get(key) ?? this.#read(pinned, paths);
    this.#loaded.set(key, loaded);
    return loaded;
  }

  async #read(pinned: readonly PinnedKeyring[], paths: readonly string[]): Promise<Keyring> {
    const files: KeyringFile[] = [];
    for (const { path } of pinned) files.push({ name: path, bytes: await readPinned(path) });
    const missing: string[] = [];
    for (const path of paths) {
      if (this.#tree.stat(path)?.type !== 'file') missing.push(`the image has no ${path}`);
      else files.push({ name: path, bytes: this.#tree.readFile(path, MAX_BYTES) });
    }
    const keyring = await readKeyrings(files);
    return { ...keyring, notes: [...missing, ...keyring.notes] };
  }
}

async function readPinned(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new SutureError('FILE_UNREADABLE', `the keyring ${path} cannot be read`, { cause: error });
  }
}
