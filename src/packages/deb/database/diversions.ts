import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { ADMIN, lines } from './admin-file.ts';

/** `package` installs its file at `from`; the same file of any other package goes to `to` (dpkg-divert(1)). */
export interface Diversion {
  readonly from: ByteString;
  readonly to: ByteString;
  /** `:` for a diversion by the administrator, which applies to every package. */
  readonly package: string;
}

export const DIVERSIONS_FILE: ByteString = `${ADMIN}/diversions`;

/** Reads the diversions, in the order of the file. @throws SutureError DATABASE_UNREADABLE */
export function readDiversions(tree: VirtualTree): Diversion[] {
  const all = lines(tree.readText(DIVERSIONS_FILE));
  const diversions: Diversion[] = [];
  for (let index = 0; index < all.length; index += 3) {
    const [from, to, owner] = all.slice(index, index + 3);
    if (!from?.startsWith('/') || !to?.startsWith('/') || owner === undefined || owner === '') {
      throw new SutureError(
        'DATABASE_UNREADABLE',
        `${DIVERSIONS_FILE}, line ${index + 1}: not a diversion in three lines`,
      );
    }
    diversions.push({ from, to, package: owner });
  }
  return diversions;
}

export function formatDiversions(diversions: readonly Diversion[]): ByteString {
  return diversions.map((diversion) => `${diversion.from}\n${diversion.to}\n${diversion.package}\n`).join('');
}
