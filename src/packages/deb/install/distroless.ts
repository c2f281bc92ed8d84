import { type ByteString, byteStringToBytes, bytesToByteString, compareBytes } from '../../../core/bytes.ts';
import type { MutableTree, Ownership } from '../../../oci/tree/types.ts';
import type { InstallOutcome, NotNative } from '../../family.ts';
import { ADMIN } from '../database/admin-file.ts';
import { InfoDirectory } from '../database/info.ts';
import { formatStatusFile } from '../records/format-status.ts';
import { recordFromControl } from '../records/record.ts';
import type { DataMember, DebArchive, DebDatabase, InstalledDeb } from '../types.ts';
import { type Accounts, readAccounts } from './accounts.ts';
import { writeLdSoCache } from './derived/ld-so-cache.ts';
import { DerivedNotNative } from './derived/not-native.ts';
import { type Belonging, PresentFiles } from './distroless-files.ts';

const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const LIBRARY_CACHE = '/etc/ld.so.cache';

/**
 * Applies packages to an image without dpkg (status.d): no scripts, since such images never ran any. Files that the image
 * has of the old version are replaced or removed, new ones are added where all of their neighbours were there, and the
 * record with its md5sums is renewed under the name it was found by. Conffiles stay: nothing records what was shipped.
 */
export function installDistroless(
  tree: MutableTree,
  database: DebDatabase,
  archives: readonly DebArchive[],
  sourceDate: number,
): InstallOutcome {
  const fork = tree.fork();
  const blockers: NotNative[] = [];
  const notes: { package: string; message: string }[] = [];
  for (const archive of archives) {
    const incoming = recordFromControl(archive.control, {
      want: 'install',
      flag: 'ok',
      state: 'installed',
      conffiles: [],
    });
    const previous = database.records.find(
      ({ name, architecture }) => name === incoming.name && architecture === incoming.architecture,
    );
    const upgrade = new DistrolessUpgrade(fork, archive, incoming, previous, sourceDate);
    upgrade.apply();
    for (const path of upgrade.undecided) {
      const reason = `${path} is new, and the image holds only a part of what lies around it`;
      blockers.push({ package: incoming.name, script: 'files', reason });
    }
    for (const path of upgrade.keptConffiles) {
      notes.push({ package: incoming.name, message: `${path} is a conffile and stays as it is` });
    }
  }
  renewLibraryCache(fork, database, sourceDate, blockers);
  if (blockers.length > 0) return { kind: 'not-native', blockers };
  fork.commit();
  return { kind: 'installed', report: { notes } };
}

function renewLibraryCache(tree: MutableTree, database: DebDatabase, sourceDate: number, blockers: NotNative[]): void {
  if (tree.stat(LIBRARY_CACHE) === undefined) return;
  try {
    writeLdSoCache(tree, database.architecture, sourceDate);
  } catch (error) {
    if (!(error instanceof DerivedNotNative)) throw error;
    blockers.push({ package: 'libc-bin', script: 'trigger ldconfig', reason: error.message });
  }
}

function regularFiles({ members }: DebArchive): readonly ByteString[] {
  return members.filter(({ type }) => type === 'file').map(({ path }) => path);
}

class DistrolessUpgrade {
  readonly undecided: ByteString[] = [];
  readonly keptConffiles: ByteString[] = [];
  readonly #tree: MutableTree;
  readonly #archive: DebArchive;
  readonly #incoming: InstalledDeb;
  readonly #previous: InstalledDeb | undefined;
  readonly #sourceDate: number;
  readonly #accounts: Accounts;
  /** Files of the old version by its md5sums. */
  readonly #old: ReadonlySet<ByteString>;
  readonly #present: PresentFiles;
  readonly #conffiles: ReadonlySet<ByteString>;

  constructor(
    tree: MutableTree,
    archive: DebArchive,
    incoming: InstalledDeb,
    previous: InstalledDeb | undefined,
    sourceDate: number,
  ) {
    this.#tree = tree;
    this.#archive = archive;
    this.#incoming = incoming;
    this.#previous = previous;
    this.#sourceDate = sourceDate;
    this.#accounts = readAccounts(tree);
    const sums = previous === undefined ? undefined : new InfoDirectory(tree).md5sums(previous);
    this.#old = new Set(sums?.keys() ?? []);
    // Images of the first kind have no sums: then the new version's own files tell what the image holds of the package.
    const hasSums = previous === undefined || this.#old.size > 0;
    this.#present = new PresentFiles(tree, hasSums ? this.#old : regularFiles(archive));
    this.#conffiles = new Set(
      this.#control('conffiles')
        .split('\n')
        .map((line) => line.trim()),
    );
  }

  apply(): void {
    const placed = new Set<number>();
    const directories = new Map<ByteString, DataMember>();
    for (const member of this.#archive.members) {
      if (member.type === 'directory') directories.set(member.path, member);
      else if (this.#wants(member)) this.#place(member, directories);
      const inode = member.type === 'directory' ? undefined : this.#tree.lstat(member.path);
      if (inode !== undefined) placed.add(inode.ino);
    }
    this.#removeOld(placed);
    this.#renewBundle();
    this.#writeRecord();
  }

  #wants(member: DataMember): boolean {
    const isThere = this.#tree.lstat(member.path) !== undefined;
    if (this.#conffiles.has(member.path)) {
      if (isThere) this.keptConffiles.push(member.path);
      return !isThere && this.#previous === undefined;
    }
    if (isThere) return true;
    // Known to the old version and left out of the image on purpose.
    if (this.#old.has(member.path)) return false;
    const verdict: Belonging = this.#present.belongs(member.path);
    if (verdict === 'unknown') this.undecided.push(member.path);
    return verdict === 'yes' && !this.#isOldLink(member);
  }

  /** A symlink to a file that the old version had under the same name, too: had the image wanted it, it would be there. */
  #isOldLink(member: DataMember): boolean {
    if (member.type !== 'symlink' || member.target === undefined) return false;
    const directory = member.path.slice(0, member.path.lastIndexOf('/'));
    const target = member.target.startsWith('/') ? member.target : `${directory}/${member.target}`;
    return this.#old.has(target);
  }

  #place(member: DataMember, directories: ReadonlyMap<ByteString, DataMember>): void {
    this.#makeParents(member.path, directories);
    const existing = this.#tree.lstat(member.path);
    // As dpkg, which leaves a link to the same directory alone (src/main/archives.c).
    const isSameLink = member.type === 'symlink' && existing?.target === member.target;
    if (existing?.type === 'directory' || (isSameLink && this.#tree.stat(member.path)?.type === 'directory')) return;
    const ownership = this.#ownership(member);
    if (member.type === 'symlink') this.#tree.symlink(member.target ?? '', member.path, { ...ownership, mode: 0o777 });
    else if (member.type === 'hardlink') {
      if (existing !== undefined) this.#tree.remove(member.path);
      this.#tree.link(member.target ?? '', member.path);
    } else if (member.type === 'file') {
      this.#tree.writeFile(member.path, member, ownership);
    } else this.undecided.push(member.path);
  }

  #makeParents(path: ByteString, directories: ReadonlyMap<ByteString, DataMember>): void {
    for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const directory = path.slice(0, slash);
      if (this.#tree.stat(directory) !== undefined) continue;
      const member = directories.get(directory);
      const fallback = { mode: 0o755, uid: 0, gid: 0, mtime: this.#sourceDate };
      this.#tree.mkdir(directory, member === undefined ? fallback : this.#ownership(member));
    }
  }

  #ownership(member: DataMember): Ownership {
    const uid = this.#accounts.user(member.uname) ?? member.uid;
    const gid = this.#accounts.group(member.gname) ?? member.gid;
    return { mode: member.mode, uid, gid, mtime: member.mtime, xattrs: member.xattrs };
  }

  /** Old files that the new version lacks, and the links that thereby lead nowhere; directories that become empty stay. */
  #removeOld(placed: ReadonlySet<number>): void {
    const shipped = new Set(this.#archive.members.map(({ path }) => path));
    for (const path of this.#old) {
      const inode = this.#tree.lstat(path);
      if (shipped.has(path) || inode === undefined || inode.type === 'directory' || placed.has(inode.ino)) continue;
      this.#tree.remove(path);
      const directory = path.slice(0, path.lastIndexOf('/'));
      const name = path.slice(directory.length + 1);
      for (const neighbour of this.#tree.readdir(directory)) {
        const link = `${directory}/${neighbour}`;
        if (!shipped.has(link) && this.#tree.lstat(link)?.target === name) this.#tree.remove(link);
      }
    }
  }

  /** The certificates are not in the image as files: its builder concatenated them, sorted by path. */
  #renewBundle(): void {
    const bundle = this.#tree.stat(BUNDLE);
    if (this.#incoming.name !== 'ca-certificates' || bundle === undefined) return;
    const parts = this.#archive.members
      .filter(
        ({ path, type }) => type === 'file' && path.startsWith('/usr/share/ca-certificates/') && path.endsWith('.crt'),
      )
      .sort((a, b) => compareBytes(a.path, b.path))
      .map((member) => Buffer.from(member.read()))
      .flatMap((content) => (content.at(-1) === 0x0a ? [content] : [content, Buffer.from('\n')]));
    const { mode, uid, gid } = bundle;
    this.#tree.writeFile(this.#tree.realpath(BUNDLE) ?? BUNDLE, Buffer.concat(parts), {
      mode,
      uid,
      gid,
      mtime: this.#sourceDate,
    });
  }

  #writeRecord(): void {
    const path = this.#previous?.statusFile ?? `${ADMIN}/status.d/${this.#incoming.name}`;
    this.#write(path, formatStatusFile({ ...this.#incoming, paragraph: this.#archive.control }));
    this.#write(`${path}.md5sums`, this.#control('md5sums'));
  }

  #write(path: ByteString, text: ByteString): void {
    const { mode, uid, gid } = this.#tree.stat(path) ?? { mode: 0o644, uid: 0, gid: 0 };
    this.#tree.writeFile(path, byteStringToBytes(text), { mode, uid, gid, mtime: this.#sourceDate });
  }

  #control(file: string): ByteString {
    return bytesToByteString(this.#archive.controlFiles.get(file)?.content ?? new Uint8Array());
  }
}
