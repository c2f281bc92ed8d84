import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import type { NotNative } from '../../family.ts';
import { combineCommands, SHARED_COMMANDS } from '../../script/commands/table.ts';
import { evaluateScript } from '../../script/evaluate.ts';
import type { ScriptType } from '../archive/open.ts';
import { APK_COMMANDS } from './commands.ts';
import type { PackageState } from './packages.ts';
import type { ApkState } from './state.ts';

/** Runs a script of a package, if it has it; what cannot be evaluated, or fails, is recorded as a blocker. */
export type ScriptRunner = (owner: PackageState, type: ScriptType, args: readonly ByteString[]) => void;

/** apk gives its scripts nothing else. */
const ENVIRONMENT: ReadonlyMap<string, ByteString> = new Map([['PATH', '/usr/sbin:/usr/bin:/sbin:/bin']]);
const COMMANDS = combineCommands(SHARED_COMMANDS, APK_COMMANDS);
const MULTICALL: ReadonlySet<string> = new Set(['busybox']);

export function scriptRunner(state: ApkState, blockers: NotNative[]): ScriptRunner {
  return (owner, type, args) => {
    const content = owner.scripts.get(type);
    if (content === undefined) return;
    const reason = runText(state, `${owner.name} ${type}`, bytesToByteString(content), args);
    if (reason !== undefined) blockers.push({ package: owner.name, script: type, reason });
  };
}

/** Why a script cannot be applied natively, or undefined when it was. */
export function runText(
  state: ApkState,
  name: string,
  text: ByteString,
  args: readonly ByteString[],
): string | undefined {
  const run = { name, text, args, environment: ENVIRONMENT, sourceDate: state.sourceDate };
  const outcome = evaluateScript(run, state.tree, COMMANDS, { multicall: MULTICALL });
  if (outcome.kind === 'not-native') return `line ${outcome.line}: ${outcome.reason}`;
  if (outcome.exitStatus === 0) return undefined;
  return `it ends with status ${outcome.exitStatus}: ${outcome.stderr.trim().slice(-300)}`;
}
