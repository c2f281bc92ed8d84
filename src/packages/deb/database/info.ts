import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import type { InstalledDeb } from '../types.ts';
import { ADMIN, lines } from './admin-file.ts';

const INFO = `${ADMIN}/info`;

export type MaintainerScript = 'preinst' | 'postinst' | 'prerm' | 'postrm';

type Named = Pick<InstalledDeb, 'name' | 'architecture' | 'multiArch' | 'statusFile'>;

/** `name`, or `name:arch` for `Multi-Arch: same`: how dpkg names a package's files in info/ and its triggers. */
export function infoName(record: Pick<InstalledDeb, 'name' | 'architecture' | 'multiArch'>): string {
  return record.multiArch === 'same' ? `${record.name}:${record.architecture}` : record.name;
}

/**
 * Control files of installed packages: `info/<name>[:<arch>].<file>`, or for distroless the `.md5sums` beside the record.
 */
export class InfoDirectory {
  readonly #tree: VirtualTree;
  #names: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(tree: VirtualTree) {
    this.#tree = tree;
  }

  /** Path of a package's control file, whether it exists or not. */
  path(record: Named, file: string): ByteString {
    if (record.statusFile !== undefined) return `${record.statusFile}.${file}`;
    return `${INFO}/${infoName(record)}.${file}`;
  }

  /** Names of the control files that a package has, `list` included, in byte order. */
  files(record: Named): readonly string[] {
    if (record.statusFile !== undefined) {
      return this.#tree.stat(this.path(record, 'md5sums'))?.type === 'file' ? ['md5sums'] : [];
    }
    this.#names ??= this.#index();
    return this.#names.get(infoName(record)) ?? [];
  }

  read(record: Named, file: string): ByteString | undefined {
    return this.#tree.readText(this.path(record, file));
  }

  script(record: Named, script: MaintainerScript): ByteString | undefined {
    return record.statusFile === undefined ? this.read(record, script) : undefined;
  }

  /**
   * Paths of a package in the order of its `.list` (`/.` first); undefined when there is none, as for distroless.
   * @throws SutureError DATABASE_UNREADABLE where dpkg would refuse the file.
   */
  list(record: Named): readonly ByteString[] | undefined {
    if (record.statusFile !== undefined) return undefined;
    const text = this.read(record, 'list');
    if (text === undefined) return undefined;
    const path = this.path(record, 'list');
    if (text !== '' && !text.endsWith('\n'))
      throw unreadable(path, 'the last line has no newline: the file is cut off');
    const paths = lines(text).map((line) => (line.length > 1 ? line.replace(/\/+$/, '') : line));
    const odd = paths.find((line) => !line.startsWith('/'));
    if (odd !== undefined) throw unreadable(path, `"${odd.slice(0, 100)}" is not an absolute path`);
    return paths;
  }

  /** MD5 in hex by absolute path, for regular files that are no conffiles; undefined without a `.md5sums`. */
  md5sums(record: Named): ReadonlyMap<ByteString, string> | undefined {
    const text = this.read(record, 'md5sums');
    if (text === undefined) return undefined;
    const sums = new Map<ByteString, string>();
    for (const line of lines(text)) {
      const match = /^([0-9a-f]{32})\s[ *]?(.+)$/s.exec(line);
      if (match === null) continue;
      sums.set(`/${(match[2] ?? '').replace(/^(?:\.?\/)+/, '')}`, match[1] ?? '');
    }
    return sums;
  }

  /** Which control files exist, found by one pass over the directory; a package name holds no dot-separated known suffix. */
  #index(): ReadonlyMap<string, readonly string[]> {
    const names = new Map<string, string[]>();
    for (const name of this.#tree.readdir(INFO)) {
      // Package names may hold dots, names of control files do not.
      const dot = name.lastIndexOf('.');
      if (dot <= 0) continue;
      const owner = name.slice(0, dot);
      const files = names.get(owner);
      if (files === undefined) names.set(owner, [name.slice(dot + 1)]);
      else files.push(name.slice(dot + 1));
    }
    return names;
  }
}

function unreadable(path: ByteString, reason: string): SutureError {
  return new SutureError('DATABASE_UNREADABLE', `${path}: ${reason}`);
}
