import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { byteStringToBytes } from '../../../../core/bytes.ts';
import { NotNative } from '../../../script/not-native.ts';
import { MemoryTree } from '../../../script/testing/memory-tree.ts';
import type { CommandContext, EmulatedCommand } from '../../../script/types.ts';

export const SOURCE_DATE = 1_700_000_000;
const OWNER = { uid: 0, gid: 0, mtime: 1_000_000_000 };

/** Content of an image: a text is a file, `-> target` a link, a trailing slash a directory. */
export type Files = Readonly<Record<string, string>>;

/** What a program did: status, output and everything in its root; of times only whether they are those of before. */
export interface Effect {
  readonly status: number;
  readonly stdout: string;
  readonly files: Readonly<Record<string, string>>;
}

export function hasProgram(path: string): boolean {
  return existsSync(path);
}

/** Running a program inside a root needs chroot(2). */
export function canChroot(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/sbin/chroot') && existsSync('/usr/bin/ldd');
}

export function treeOf(files: Files): MemoryTree {
  const tree = new MemoryTree();
  const mkdirs = (path: string): void => {
    let current = '';
    for (const part of path.split('/').filter(Boolean)) {
      current += `/${part}`;
      if (tree.lstat(current) === undefined) tree.mkdir(current, { ...OWNER, mode: 0o755 });
    }
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirs(path.endsWith('/') ? path : path.slice(0, path.lastIndexOf('/')));
    if (path.endsWith('/')) continue;
    if (content.startsWith('-> ')) tree.symlink(content.slice(3), path, { ...OWNER, mode: 0o777 });
    else tree.writeFile(path, byteStringToBytes(content), { ...OWNER, mode: 0o644 });
  }
  return tree;
}

/** Runs the emulation; undefined when it is not native. */
export function runEmulated(
  command: EmulatedCommand,
  argv: readonly string[],
  tree: MemoryTree,
  environment: Readonly<Record<string, string>> = {},
): Effect | undefined {
  let stdout = '';
  const context: CommandContext = {
    argv,
    tree,
    cwd: '/',
    environment: new Map(Object.entries({ PATH: '/usr/bin:/bin', ...environment })),
    stdin: '',
    sourceDate: SOURCE_DATE,
    umask: 0o022,
    outputFile: undefined,
    stdout: (text) => {
      stdout += text;
    },
    stderr: () => undefined,
    run: () => ({ status: 127, stdout: '' }),
    trigger: () => undefined,
    temporaryFile: () => undefined,
    step: () => undefined,
    notNative: (reason) => {
      throw new NotNative(reason);
    },
  };
  try {
    const status = command(context);
    return { status, stdout, files: listTree(tree) };
  } catch (error) {
    if (error instanceof NotNative) return undefined;
    throw error;
  }
}

function listTree(tree: MemoryTree): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { path, inode } of tree.walk('/')) {
    const age = inode.mtime === OWNER.mtime ? 'old' : 'new';
    if (inode.type === 'symlink') files[path] = `${age} -> ${inode.target ?? ''}`;
    else if (inode.type === 'directory') files[`${path}/`] = inode.mode.toString(8);
    else files[path] = `${age} ${inode.mode.toString(8)} ${tree.readText(path) ?? ''}`;
  }
  return files;
}

/** A root on disk with these files, for a program that can work on one. */
export class RealRoot {
  readonly path = mkdtempSync(join(tmpdir(), 'suture-commands-'));

  constructor(files: Files) {
    for (const [path, content] of Object.entries(files)) {
      const real = join(this.path, path);
      mkdirSync(path.endsWith('/') ? real : join(real, '..'), { recursive: true, mode: 0o755 });
      if (path.endsWith('/')) continue;
      if (content.startsWith('-> ')) symlinkSync(content.slice(3), real);
      else writeFileSync(real, content, { encoding: 'latin1', mode: 0o644 });
      lutimesSync(real, OWNER.mtime, OWNER.mtime);
    }
    chmodSync(this.path, 0o755);
  }

  /** Runs a program of this machine; `{root}` in its words is the root. `ignore`: paths that are not compared. */
  run(
    argv: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    ignore: RegExp = /^\/(\.real|var\/log)(\/|$)/,
  ): Effect {
    const [program = '', ...args] = argv.map((word) => word.replaceAll('{root}', this.path));
    const env = Object.fromEntries(
      Object.entries({ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...environment }).map(([name, value]) => [
        name,
        value.replaceAll('{root}', this.path),
      ]),
    );
    const result = spawnSync(program, args, { env, encoding: 'latin1', timeout: 20_000 });
    const files: Record<string, string> = {};
    this.#list('/', files, ignore);
    return { status: result.status ?? -1, stdout: result.stdout.replaceAll(this.path, ''), files };
  }

  /** The words that run a program of this machine inside the root, with its libraries copied to a place that is not compared. */
  inside(program: string): readonly string[] {
    const directory = join(this.path, '.real');
    mkdirSync(directory, { recursive: true });
    const linked = execFileSync('ldd', [program], { encoding: 'utf8' });
    const libraries = [...linked.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] ?? '');
    for (const file of [program, ...libraries]) copyFileSync(file, join(directory, basename(file)));
    const loader = libraries.find((file) => basename(file).startsWith('ld-')) ?? '';
    return [
      ...['chroot', this.path, `/.real/${basename(loader)}`, '--library-path', '/.real'],
      `/.real/${basename(program)}`,
    ];
  }

  #list(below: string, files: Record<string, string>, ignore: RegExp): void {
    for (const name of readdirSync(join(this.path, below)).sort()) {
      const path = `${below === '/' ? '' : below}/${name}`;
      if (ignore.test(path)) continue;
      const stats = lstatSync(join(this.path, path));
      const age = Math.floor(stats.mtimeMs / 1000) === OWNER.mtime ? 'old' : 'new';
      if (stats.isSymbolicLink()) files[path] = `${age} -> ${readlinkSync(join(this.path, path))}`;
      else if (stats.isDirectory()) {
        files[`${path}/`] = (stats.mode & 0o7777).toString(8);
        this.#list(path, files, ignore);
      } else
        files[path] = `${age} ${(stats.mode & 0o7777).toString(8)} ${readFileSync(join(this.path, path), 'latin1')}`;
    }
  }

  dispose(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
