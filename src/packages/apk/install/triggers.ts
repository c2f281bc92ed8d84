import type { ByteString } from '../../../core/bytes.ts';
import { bytesToByteString } from '../../../core/bytes.ts';
import type { NotNative } from '../../family.ts';
import type { PackageState } from './packages.ts';
import { matchesPattern } from './pattern.ts';
import { runText } from './run-script.ts';
import type { ApkState } from './state.ts';

/**
 * Runs the triggers that wait: each with the directories of packages that changed and match one of its patterns, or, when
 * its package is new, with every directory that matches. A trigger that is not native is put down to the packages of this
 * run that activated it.
 * @param changed the packages of this run, in their order
 */
export function runTriggers(state: ApkState, changed: readonly PackageState[], blockers: NotNative[]): void {
  const order = [...changed.filter((one) => state.triggered.includes(one)), ...state.triggered];
  for (const owner of new Set(order)) {
    const directories = activating(state, owner);
    const script = owner.scripts.get('trigger');
    if (directories.length === 0 || script === undefined) continue;
    const args = directories.map((path) => `/${path}`);
    const reason = runText(state, `${owner.name} trigger`, bytesToByteString(script), args);
    if (reason === undefined) continue;
    const causes = changed.filter((one) => one === owner || directories.some((path) => one.directories.has(path)));
    for (const { name } of causes.length > 0 ? causes : changed) {
      blockers.push({ package: name, script: `trigger of ${owner.name}`, reason });
    }
  }
}

function activating(state: ApkState, { isNew, triggers }: PackageState): readonly ByteString[] {
  return [...state.directories.all()]
    .filter(
      ({ path, modified }) =>
        (isNew || modified) &&
        triggers.some((pattern) => pattern.startsWith('/') && matchesPattern(pattern, `/${path}`)),
    )
    .map(({ path }) => path)
    .sort();
}
