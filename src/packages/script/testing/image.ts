import { type ByteString, byteStringToBytes, textToByteString } from '../../../core/bytes.ts';
import { evaluateScript } from '../evaluate.ts';
import type { CommandTable, EvaluateOptions, ScriptOutcome } from '../types.ts';
import { MemoryTree } from './memory-tree.ts';

const OWNER = { uid: 0, gid: 0, mtime: 1_000_000_000 };

export const TEST_ENVIRONMENT: ReadonlyMap<string, ByteString> = new Map([
  ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ['HOME', '/root'],
]);

/** A tree that looks like a Debian image with dash, usr-merge and a file for each of `commands`. */
export function testImage(commands: Iterable<string> = []): MemoryTree {
  const tree = new MemoryTree();
  for (const path of ['/usr', '/usr/bin', '/usr/sbin', '/etc', '/dev', '/root', '/tmp', '/var', '/proc', '/sys']) {
    tree.mkdir(path, { ...OWNER, mode: path === '/tmp' ? 0o1777 : 0o755 });
  }
  tree.symlink('usr/bin', '/bin', { ...OWNER, mode: 0o777 });
  tree.symlink('usr/sbin', '/sbin', { ...OWNER, mode: 0o777 });
  for (const name of ['dash', 'bash', ...commands]) {
    tree.writeFile(`/usr/bin/${name}`, byteStringToBytes('\x7fELF'), { ...OWNER, mode: 0o755 });
  }
  tree.symlink('dash', '/usr/bin/sh', { ...OWNER, mode: 0o777 });
  putFile(tree, '/etc/passwd', 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n');
  putFile(tree, '/etc/group', 'root:x:0:\ndaemon:x:1:\nadm:x:4:daemon\n');
  return tree;
}

export function putFile(tree: MemoryTree, path: ByteString, text: ByteString, mode = 0o644): void {
  tree.writeFile(path, byteStringToBytes(text), { ...OWNER, mode });
}

/** Evaluates a script text (without its `#!` line) over a tree. */
export function evaluateText(
  text: string,
  tree: MemoryTree,
  commands: CommandTable = new Map(),
  extra: { args?: readonly string[]; stdin?: string; shebang?: string; options?: EvaluateOptions } = {},
): ScriptOutcome {
  return evaluateScript(
    {
      name: 'test script',
      text: textToByteString(`${extra.shebang ?? '#!/bin/sh'}\n${text}`),
      args: extra.args ?? [],
      environment: TEST_ENVIRONMENT,
      sourceDate: 1_700_000_000,
      path: '/tmp/script',
      ...(extra.stdin === undefined ? {} : { stdin: extra.stdin }),
    },
    tree,
    commands,
    extra.options,
  );
}
