import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { byteStringToText } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { parseTrustedKey, type TrustedKey } from '../archive/signature.ts';

const MAX_KEY_BYTES = 64 * 1024;
/** The second is where apk 3 has the distribution's own keys. */
const KEY_DIRECTORIES = ['/etc/apk/keys', '/lib/apk/keys', '/usr/lib/apk/keys'];

/**
 * Keys that indexes may be signed with: those of the image, as apk itself would use them, and pinned files, whose name
 * counts as the name of the key. Files that are no RSA public key are left out (keyrings of other families).
 * @throws SutureError FILE_UNREADABLE for a pinned file
 */
export function trustedKeys(tree: VirtualTree, pinned: readonly string[]): TrustedKey[] {
  const ofImage = KEY_DIRECTORIES.flatMap((directory) =>
    tree.readdir(directory).flatMap((name) => {
      const path = `${directory}/${name}`;
      const inode = tree.stat(path);
      if (inode?.type !== 'file' || inode.size > MAX_KEY_BYTES) return [];
      return parseTrustedKey(byteStringToText(name), tree.readText(path, MAX_KEY_BYTES) ?? '') ?? [];
    }),
  );
  const ofCaller = pinned.flatMap((path) => parseTrustedKey(basename(path), readPinned(path)) ?? []);
  return [...ofImage, ...ofCaller];
}

function readPinned(path: string): string {
  try {
    return readFileSync(path, 'latin1').slice(0, MAX_KEY_BYTES);
  } catch (error) {
    throw new SutureError('FILE_UNREADABLE', `the key ${path} cannot be read`, { cause: error });
  }
}
