import type { ByteString } from '../../../core/bytes.ts';
import type { NotNative } from '../../family.ts';
import { runText } from './run-script.ts';
import type { ApkState } from './state.ts';

const LIMIT = 4 * 1024 * 1024;

/** Hooks of the image that apk runs before and after it changes anything; one that is not native stops every package. */
export function runCommitHooks(
  state: ApkState,
  stage: 'pre-commit' | 'post-commit',
  names: readonly string[],
  blockers: NotNative[],
): void {
  for (const directory of ['/lib/apk/commit_hooks.d', '/etc/apk/commit_hooks.d']) {
    for (const name of state.tree.readdir(directory)) {
      const text = name.startsWith('.') ? undefined : executable(state, `${directory}/${name}`);
      if (text === undefined) continue;
      const reason = runText(state, `${directory}/${name}`, text, [stage]);
      if (reason !== undefined) {
        for (const owner of names) blockers.push({ package: owner, script: `commit hook ${name}`, reason });
      }
    }
  }
}

function executable({ tree }: ApkState, path: ByteString): ByteString | undefined {
  const inode = tree.stat(path);
  return inode?.type === 'file' && (inode.mode & 0o111) !== 0 ? tree.readText(path, LIMIT) : undefined;
}
