import { collect } from '../../../src/core/streams.ts';
import { type TarWriteEntry, writeTar } from '../../../src/oci/tar/write.ts';

/** One path of a made-up root or package: a file's text, or something else. */
export type Entry =
  | string
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  | { readonly hardLinkTo: string }
  | { readonly directory: number };

/** By absolute path. */
export type Files = Readonly<Record<string, Entry>>;

/** 2024-06-01T00:00:00Z: everything made up is of then, so that two builds are the same. */
export const MADE = 1_717_200_000;

/** A tar of the files and the directories above them, sorted; names begin with `prefix`. */
export function makeTar(files: Files, prefix = ''): Promise<Buffer> {
  return collect(writeTar(entriesOf(files, prefix)), 1 << 28, 'tar');
}

/** The paths of the files with all directories above them, sorted: what dpkg's .list holds besides `/.`. */
export function pathsOf(files: Files): string[] {
  return [...withDirectories(files).keys()].sort();
}

export function entriesOf(files: Files, prefix = ''): TarWriteEntry[] {
  const all = withDirectories(files);
  return [...all.keys()].sort().map((path) => toEntry(path, all.get(path) ?? '', prefix));
}

function withDirectories(files: Files): Map<string, Entry> {
  const all = new Map<string, Entry>();
  for (const path of Object.keys(files)) {
    const parts = path.split('/').slice(1, -1);
    for (let depth = 1; depth <= parts.length; depth++)
      all.set(`/${parts.slice(0, depth).join('/')}`, { directory: 0o755 });
  }
  for (const [path, entry] of Object.entries(files)) all.set(path, entry);
  return all;
}

function toEntry(path: string, entry: Entry, prefix: string): TarWriteEntry {
  const common = { name: prefix + path.slice(1), mode: 0o644, uid: 0, gid: 0, mtime: MADE };
  if (typeof entry === 'string' || 'text' in entry) {
    const data = Buffer.from(typeof entry === 'string' ? entry : entry.text, 'latin1');
    const mode = typeof entry === 'string' ? 0o644 : entry.mode;
    return { ...common, type: 'file', mode, size: data.length, body: () => [data] };
  }
  if ('link' in entry) return { ...common, type: 'symlink', mode: 0o777, linkName: entry.link };
  if ('hardLinkTo' in entry) return { ...common, type: 'hardlink', linkName: prefix + entry.hardLinkTo.slice(1) };
  return { ...common, type: 'directory', mode: entry.directory };
}
