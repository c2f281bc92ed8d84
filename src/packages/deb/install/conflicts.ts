import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { Inode } from '../../../oci/tree/types.ts';
import { versionFits } from '../resolve/relations.ts';
import type { DataMember, InstalledDeb } from '../types.ts';
import { compareDebVersions } from '../version/compare.ts';
import { md5Of } from './conffiles.ts';
import type { PackageKey } from './file-owners.ts';
import type { UnpackContext } from './unpack.ts';

/**
 * May this member take its place? `free`: yes; `shared`: another architecture of the same package has it already;
 * `keep-existing`: an installed package replaces this one and keeps its file (policy 7.6.1).
 * @throws SutureError FILE_CONFLICT when another package has the path and neither replaces the other.
 */
export function hasConflict(
  member: DataMember,
  destination: ByteString,
  context: UnpackContext,
  replaced: Map<PackageKey, 'taken-over' | 'kept'>,
): 'free' | 'shared' | 'keep-existing' {
  const present = context.tree.lstat(destination);
  let standing: 'free' | 'shared' | 'keep-existing' = 'free';
  for (const key of context.owners.of(member.path)) {
    const other = context.records.get(key);
    if (key === context.key || other === undefined) continue;
    if (isSameSet(context.incoming, other)) {
      if (present !== undefined && context.inSync && standing === 'free') standing = 'shared';
      continue;
    }
    const verdict = replaced.get(key) ?? judge(member, present, other, context);
    if (verdict === 'allowed') continue;
    replaced.set(key, verdict);
    if (verdict === 'kept') standing = 'keep-existing';
  }
  return standing;
}

function isSameSet(incoming: InstalledDeb, other: InstalledDeb): boolean {
  return other.name === incoming.name && other.multiArch === 'same' && incoming.multiArch === 'same';
}

function judge(
  member: DataMember,
  present: Inode | undefined,
  other: InstalledDeb,
  context: UnpackContext,
): 'allowed' | 'taken-over' | 'kept' {
  const diverter = context.diversions.divertedBy(member.path);
  if (diverter !== undefined && (diverter === other.name || diverter === context.name)) return 'allowed';
  // Nothing on disk: a directory of that name is assumed to be one for the other package too.
  if (present === undefined && member.type === 'directory') return 'allowed';
  if (other.state === 'config-files') return 'allowed';
  const isObsoleteThere = other.conffiles.some((conffile) => conffile.obsolete && conffile.path === member.path);
  if (context.conffiles.shipped.has(member.path) && present?.type === 'file' && isObsoleteThere) return 'allowed';
  if (doesReplace(context.incoming, other)) return 'taken-over';
  if (doesReplace(other, context.incoming)) return 'kept';
  throw new SutureError(
    'FILE_CONFLICT',
    `${context.name} ${context.incoming.version} would overwrite ${member.path}, which is also in ${other.name} ${other.version}`,
  );
}

function doesReplace(replacer: InstalledDeb, replaced: InstalledDeb): boolean {
  return replacer.replaces.some((clause) =>
    clause.some(
      (relation) => relation.name === replaced.name && versionFits(relation, replaced.version, compareDebVersions),
    ),
  );
}

/** @throws SutureError FILE_CONFLICT when the file that two architectures share differs between them. */
export function compareShared(
  member: DataMember,
  destination: ByteString,
  isConffile: boolean,
  hash: string | undefined,
  context: UnpackContext,
): void {
  const { tree } = context;
  const fresh = `${destination}.dpkg-new`;
  const path = isConffile && tree.lstat(fresh) !== undefined ? fresh : destination;
  const present = tree.lstat(path);
  if (matches(member, present, hash, () => md5Of(tree.readFile(path)), isConffile)) return;
  throw new SutureError(
    'FILE_CONFLICT',
    `${context.name} ships another ${member.path} than its other architectures, which share it`,
  );
}

function matches(
  member: DataMember,
  present: Inode | undefined,
  hash: string | undefined,
  presentHash: () => string,
  isConffile: boolean,
): boolean {
  switch (member.type) {
    case 'directory':
      return true;
    case 'symlink':
      return present?.type === 'symlink' && present.target === member.target;
    case 'file':
    case 'hardlink':
      return present?.type === 'file' && (isConffile || presentHash() === hash);
    default:
      return present?.type === member.type;
  }
}
