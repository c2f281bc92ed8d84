import type { ByteString } from '../../../core/bytes.ts';
import type { Conffile } from '../types.ts';

const LINE = /^\s+(\S.*?)\s+(\S+)$/;

/**
 * Parses the `Conffiles` field of a status record: lines ` path md5[ obsolete][ remove-on-upgrade]`. As in dpkg the words
 * are taken from the end, so a path may hold blanks.
 * @returns undefined when a line is malformed.
 */
export function parseConffilesField(value: ByteString | undefined): Conffile[] | undefined {
  const conffiles: Conffile[] = [];
  for (const line of (value ?? '').split('\n')) {
    if (line === '') continue;
    let rest = line.replace(/\s+$/, '');
    const removeOnUpgrade = / remove-on-upgrade$/.test(rest);
    if (removeOnUpgrade) rest = rest.slice(0, -' remove-on-upgrade'.length);
    const obsolete = / obsolete$/.test(rest);
    if (obsolete) rest = rest.slice(0, -' obsolete'.length);
    const match = LINE.exec(rest);
    if (match === null) return undefined;
    const path = match[1] ?? '';
    conffiles.push({ path: path.startsWith('/') ? path : `/${path}`, md5: match[2] ?? '', obsolete, removeOnUpgrade });
  }
  return conffiles;
}

/** The field as dpkg writes it, from the newline after its colon; empty without conffiles. */
export function formatConffilesField(conffiles: readonly Conffile[]): ByteString {
  return conffiles
    .map(({ path, md5, obsolete, removeOnUpgrade }) => {
      return `\n ${path} ${md5}${obsolete ? ' obsolete' : ''}${removeOnUpgrade ? ' remove-on-upgrade' : ''}`;
    })
    .join('');
}
