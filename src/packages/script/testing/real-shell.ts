import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemoryTree } from './memory-tree.ts';

export const HAS_DASH = existsSync('/bin/dash');

/** What a script did, in a form that the real shell and the evaluator share. */
export interface Effect {
  readonly status: number;
  readonly stdout: string;
  /** Path below the working directory → type, mode and content. */
  readonly files: Readonly<Record<string, string>>;
}

/** Runs a script under the real dash in an empty directory. */
export function runReal(
  text: string,
  options: { args?: readonly string[]; stdin?: string; shell?: string } = {},
): Effect {
  const directory = mkdtempSync(join(tmpdir(), 'suture-dash-'));
  try {
    const script = `${directory}.sh`;
    writeFileSync(script, `#!/bin/sh\n${text}`);
    const result = spawnSync(options.shell ?? '/bin/dash', [script, ...(options.args ?? [])], {
      cwd: directory,
      input: Buffer.from(options.stdin ?? '', 'latin1'),
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
      timeout: 20_000,
    });
    rmSync(script);
    const files = listReal(directory, '');
    return { status: result.status ?? -1, stdout: result.stdout.toString('latin1'), files };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether `runIsolated` works here: it needs root and overlayfs. */
export function canIsolate(): boolean {
  if (!HAS_DASH || process.getuid?.() !== 0) return false;
  try {
    return runIsolated('echo yes', []).stdout === 'yes\n';
  } catch {
    return false;
  }
}

/** A root of its own above that of the machine, of which nothing is kept; `/w` is the directory whose files are compared. */
const ISOLATED = `
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount --bind /dev "$1/root/dev"
mkdir -p "$1/root/w"
mount --bind "$2" "$1/root/w"
cat > "$1/root/script"
directory=$1
shift 2
exec chroot "$directory/root" /bin/dash -c 'cd /w; exec /bin/dash /script "$@"' dash "$@"
`;

/** Runs a script that may do anything to files under the real dash, in a directory `/w` of a root that is thrown away. */
export function runIsolated(text: string, args: readonly string[]): Effect {
  const parent = mkdtempSync(join(tmpdir(), 'suture-dash-'));
  const [mounts, directory] = [join(parent, 'mounts'), join(parent, 'w')];
  try {
    for (const path of [mounts, directory]) mkdirSync(path);
    const shell = ['sh', '-ec', ISOLATED, 'sh', mounts, directory, ...args];
    const result = spawnSync('unshare', ['--mount', ...shell], {
      input: Buffer.from(text, 'latin1'),
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
      timeout: 120_000,
    });
    if (result.error !== undefined) throw result.error;
    return { status: result.status ?? -1, stdout: result.stdout.toString('latin1'), files: listReal(directory, '') };
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function listReal(root: string, below: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(join(root, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = lstatSync(join(root, path));
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) files[path] = `link ${readlinkSync(join(root, path))}`;
    else if (stats.isDirectory()) {
      files[path] = `directory ${mode}`;
      Object.assign(files, listReal(root, path));
    } else files[path] = `file ${mode} ${readFileSync(join(root, path), 'latin1')}`;
  }
  return files;
}

/** The same listing of a directory of a tree. */
export function listTree(tree: MemoryTree, root: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { path, inode } of tree.walk(root)) {
    const mode = inode.mode.toString(8);
    const name = path.slice(root.length + 1);
    if (inode.type === 'symlink') files[name] = `link ${inode.target ?? ''}`;
    else if (inode.type === 'directory') files[name] = `directory ${mode}`;
    else files[name] = `file ${mode} ${tree.readText(path) ?? ''}`;
  }
  return files;
}
