import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
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
