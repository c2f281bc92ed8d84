import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { ADMIN, lines } from './admin-file.ts';

/** Owner and mode that replace those of a package's file (dpkg-statoverride(1)). */
export interface StatOverride {
  /** User name, or `#` and a number. */
  readonly user: string;
  readonly group: string;
  readonly mode: number;
  readonly path: ByteString;
}

export const STATOVERRIDE_FILE: ByteString = `${ADMIN}/statoverride`;

/** Reads the overrides by path, in the order of the file. @throws SutureError DATABASE_UNREADABLE */
export function readStatOverrides(tree: VirtualTree): Map<ByteString, StatOverride> {
  const overrides = new Map<ByteString, StatOverride>();
  for (const [index, line] of lines(tree.readText(STATOVERRIDE_FILE)).entries()) {
    const match = /^(\S+) (\S+) ([0-7]{1,5}) (\/.*)$/.exec(line);
    const path = match?.[4] ?? '';
    if (match === null || overrides.has(path)) {
      const reason = match === null ? 'is malformed' : 'overrides a path for the second time';
      throw new SutureError('DATABASE_UNREADABLE', `${STATOVERRIDE_FILE}, line ${index + 1} ${reason}`);
    }
    const mode = Number.parseInt(match[3] ?? '', 8) & 0o7777;
    overrides.set(path, { user: match[1] ?? '', group: match[2] ?? '', mode, path });
  }
  return overrides;
}

export function formatStatOverrides(overrides: Iterable<StatOverride>): ByteString {
  let text = '';
  for (const { user, group, mode, path } of overrides) text += `${user} ${group} ${mode.toString(8)} ${path}\n`;
  return text;
}
