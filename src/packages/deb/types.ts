import type { ByteString } from '../../core/bytes.ts';
import type { Inode } from '../../oci/tree/types.ts';
import type { AvailablePackage, InstalledPackage, RepositorySet } from '../family.ts';

/** One control paragraph: field names in their original order and spelling; values as written after the colon, trimmed at the left, folded lines joined with "\n". */
export type Paragraph = ReadonlyMap<string, ByteString>;

/** `a (>= 1) | b:any [arch]`: one alternative of one clause. */
export interface Relation {
  readonly name: string;
  /** Architecture qualifier after the colon: `any`, `native`, or an architecture. */
  readonly qualifier?: string;
  readonly operator?: '<<' | '<=' | '=' | '>=' | '>>';
  readonly version?: string;
}

/** A dependency field: all clauses must hold, of each clause one alternative. */
export type RelationField = readonly (readonly Relation[])[];

export interface Relations {
  readonly depends: RelationField;
  readonly preDepends: RelationField;
  readonly recommends: RelationField;
  readonly breaks: RelationField;
  readonly conflicts: RelationField;
  readonly replaces: RelationField;
  readonly provides: RelationField;
}

export type MultiArch = 'no' | 'same' | 'foreign' | 'allowed';

/** dpkg's record of an installed package. */
export interface InstalledDeb extends InstalledPackage, Relations {
  /** The three words of `Status:`. For status.d (distroless) `install ok installed` is implied. */
  readonly want: string;
  readonly flag: string;
  readonly state: string;
  readonly multiArch: MultiArch;
  readonly essential: boolean;
  readonly section: string;
  readonly conffiles: readonly Conffile[];
  readonly paragraph: Paragraph;
  /** Path of its file in status.d, when the image is distroless. */
  readonly statusFile?: ByteString;
}

export interface Conffile {
  readonly path: ByteString;
  /** MD5 in hex, or `newconffile`. */
  readonly md5: string;
  readonly obsolete: boolean;
  readonly removeOnUpgrade: boolean;
}

export interface DebDatabase {
  /** `status`: /var/lib/dpkg/status; `status.d`: distroless. */
  readonly layout: 'status' | 'status.d';
  /** Installed packages (state `installed` and the triggers states), in the order of the file. */
  readonly packages: readonly InstalledDeb[];
  /** Every paragraph of the status file, also of removed packages with conffiles left. */
  readonly records: readonly InstalledDeb[];
  /** The image's own architecture (of package dpkg, else the commonest), and foreign ones. */
  readonly architecture: string;
  readonly foreignArchitectures: readonly string[];
}

/** A package of a Packages index. */
export interface AvailableDeb extends AvailablePackage, Relations {
  readonly multiArch: MultiArch;
  readonly essential: boolean;
  readonly installedSize: number;
  /** Share of machines, 0 to 99, that the version is meant for so far (Ubuntu); absent: all of them. */
  readonly phasedUpdatePercentage?: number;
}

export interface DebRepositories extends RepositorySet {
  /** Candidates of a name, all repositories and versions, newest first. */
  available(name: string): readonly AvailableDeb[];
  /** Packages that provide a virtual name. */
  providers(name: string): readonly AvailableDeb[];
}

/** A .deb opened: control members in memory, data members streamed once into a seekable store. */
export interface DebArchive {
  readonly control: Paragraph;
  /** Members of control.tar except `control` itself: name without `./` → content and metadata. */
  readonly controlFiles: ReadonlyMap<ByteString, ControlFile>;
  /** Members of data.tar in archive order; paths absolute (`/.` for the root), as dpkg lists them. */
  readonly members: readonly DataMember[];
  close(): void;
}

export interface ControlFile {
  readonly content: Uint8Array;
  readonly mode: number;
  readonly mtime: number;
}

export interface DataMember extends Pick<Inode, 'mode' | 'uid' | 'gid' | 'mtime' | 'size' | 'device' | 'xattrs'> {
  readonly path: ByteString;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';
  readonly uname: string;
  readonly gname: string;
  /** Symlink target as stored, or absolute path of the hard link's target. */
  readonly target?: ByteString;
  read(): Uint8Array;
  /** Fills `target` with what stands at `offset` of the content; left out where `read` costs no copy. */
  readInto?(offset: number, target: Uint8Array): void;
}
