import { type ByteString, byteStringToBytes } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';

const DIRECTORY = '/var/lib/dpkg/triggers';
const FILE_TRIGGERS = `${DIRECTORY}/File`;

/** One line of a package's `triggers` control file (deb-triggers(5)). */
export interface TriggerDirective {
  readonly kind: 'interest' | 'activate';
  readonly name: ByteString;
  readonly awaits: boolean;
}

/** @throws SutureError PACKAGE_INVALID for a directive that dpkg does not know. */
export function parseTriggerDirectives(text: ByteString, packageName: string): readonly TriggerDirective[] {
  const directives: TriggerDirective[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^(interest|activate)(-await|-noawait)?[ \t]+(.+)$/.exec(line);
    if (match === null) {
      throw new SutureError(
        'PACKAGE_INVALID',
        `the triggers file of ${packageName} has an unknown directive "${line}"`,
      );
    }
    directives.push({
      kind: match[1] === 'interest' ? 'interest' : 'activate',
      name: match[3] ?? '',
      awaits: match[2] !== '-noawait',
    });
  }
  return directives;
}

/** Names of packages with a declared interest in an explicit trigger, as `name` or `name:arch`. */
export function explicitlyInterested(tree: MutableTree, trigger: ByteString): readonly string[] {
  if (trigger.includes('/')) return [];
  return lines(tree.readText(`${DIRECTORY}/${trigger}`)).map((line) => line.split('/')[0] ?? line);
}

/** File triggers: path → names of the packages interested in it, as triggers/File holds them. */
export function readFileInterests(tree: MutableTree): ReadonlyMap<ByteString, readonly string[]> {
  const interests = new Map<ByteString, string[]>();
  for (const line of lines(tree.readText(FILE_TRIGGERS))) {
    const space = line.indexOf(' ');
    const path = line.slice(0, space);
    const name = line.slice(space + 1).split('/')[0] ?? '';
    // The latest declared comes first (dpkg prepends).
    interests.set(path, [name, ...(interests.get(path) ?? [])]);
  }
  return interests;
}

/**
 * Replaces a package's interests as dpkg does when it unpacks a new version: all old ones are deleted, then the new ones
 * added at the end. An explicit trigger's file is written anew for each deletion and addition, and removed when empty;
 * triggers/File only when a file trigger is concerned.
 * @param name The package as dpkg spells it there: with its architecture only when `Multi-Arch: same`.
 */
export function updateInterests(
  tree: MutableTree,
  name: string,
  before: readonly TriggerDirective[],
  after: readonly TriggerDirective[],
  sourceDate: number,
): void {
  const dropped = before.filter((directive) => directive.kind === 'interest');
  const added = after.filter((directive) => directive.kind === 'interest');
  updateFileTriggers(tree, name, dropped.filter(isFileTrigger), added.filter(isFileTrigger), sourceDate);
  for (const { name: trigger } of dropped) {
    if (!trigger.startsWith('/')) writeExplicit(tree, trigger, withoutPackage(tree, trigger, name), sourceDate);
  }
  for (const directive of added) {
    if (isFileTrigger(directive)) continue;
    const line = `${name}${directive.awaits ? '' : '/noawait'}`;
    writeExplicit(tree, directive.name, [...withoutPackage(tree, directive.name, name), line], sourceDate);
  }
}

function isFileTrigger(directive: TriggerDirective): boolean {
  return directive.name.startsWith('/');
}

function updateFileTriggers(
  tree: MutableTree,
  name: string,
  dropped: readonly TriggerDirective[],
  added: readonly TriggerDirective[],
  sourceDate: number,
): void {
  if (dropped.length === 0 && added.length === 0) return;
  const paths = new Set(dropped.map((directive) => directive.name));
  const kept = lines(tree.readText(FILE_TRIGGERS)).filter((line) => {
    const [path, owner] = line.split(' ');
    return !(owner?.split('/')[0] === name && paths.has(path ?? ''));
  });
  for (const { name: path, awaits } of added) {
    const line = `${path} ${name}${awaits ? '' : '/noawait'}`;
    const known = kept.findIndex((other) => other.split('/noawait')[0] === `${path} ${name}`);
    if (known >= 0) kept[known] = line;
    else kept.push(line);
  }
  write(tree, FILE_TRIGGERS, kept, sourceDate);
}

function withoutPackage(tree: MutableTree, trigger: ByteString, name: string): readonly ByteString[] {
  return lines(tree.readText(`${DIRECTORY}/${trigger}`)).filter((line) => line.split('/')[0] !== name);
}

function writeExplicit(tree: MutableTree, trigger: ByteString, content: readonly ByteString[], date: number): void {
  write(tree, `${DIRECTORY}/${trigger}`, content, date);
}

function write(tree: MutableTree, path: ByteString, content: readonly ByteString[], sourceDate: number): void {
  if (content.length === 0) {
    if (tree.lstat(path) !== undefined) tree.remove(path);
    return;
  }
  const ownership = { mode: 0o644, uid: 0, gid: 0, mtime: sourceDate };
  tree.writeFile(path, byteStringToBytes(content.map((line) => `${line}\n`).join('')), ownership);
}

function lines(text: ByteString | undefined): ByteString[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}
