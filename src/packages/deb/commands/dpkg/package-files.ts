import type { ByteString } from '../../../../core/bytes.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { ADMIN, lines } from '../../database/admin-file.ts';
import { infoName } from '../../database/info.ts';
import type { StatusStanza } from './status-file.ts';

/** Path of a control file of an installed package. */
export function controlPath(stanza: StatusStanza, file: string): ByteString {
  const { name, architecture } = stanza;
  const multiArch = stanza.field('Multi-Arch') === 'same' ? 'same' : 'no';
  return `${ADMIN}/info/${infoName({ name, architecture, multiArch })}.${file}`;
}

/** Paths of an installed package, `/.` first; undefined when it has no list. */
export function readListOfPackage(tree: VirtualTree, stanza: StatusStanza): readonly ByteString[] | undefined {
  const text = tree.readText(controlPath(stanza, 'list'));
  return text === undefined ? undefined : lines(text);
}
