import { type ByteString, compareBytes } from '../../../../core/bytes.ts';
import { fail } from '../../../script/commands/paths.ts';
import type { CommandContext } from '../../../script/types.ts';
import { readDiversions } from '../../database/diversions.ts';
import { compileGlob } from '../../database/glob.ts';
import { controlPath, readListOfPackage } from './package-files.ts';
import { binaryName, formatPackage } from './query-format.ts';
import { findPackages, nativeArchitecture, readStatusFile, type StatusStanza } from './status-file.ts';

const GLOB = /[*?[\\]/;

/** `-W`: each package that a pattern names, in the order of names, by the format. */
export function showWithFormat(context: CommandContext, format: ByteString, patterns: readonly ByteString[]): number {
  const known = readStatusFile(context.tree).filter(({ state }) => state !== 'not-installed');
  if (patterns.length === 0) context.notNative('-W of all packages');
  const found = new Set<StatusStanza>();
  let missed = 0;
  for (const pattern of patterns) {
    const matches = GLOB.test(pattern)
      ? matchingPackages(context, known, pattern)
      : findPackages(context.tree, pattern);
    for (const stanza of matches) found.add(stanza);
    if (matches.length > 0) continue;
    fail(context, `no packages found matching ${pattern}`);
    missed += 1;
  }
  const ordered = [...found].sort(
    (a, b) => compareBytes(a.name, b.name) || compareBytes(a.architecture, b.architecture),
  );
  for (const stanza of ordered) context.stdout(formatPackage(context, format, stanza));
  return missed > 0 ? 1 : 0;
}

function matchingPackages(context: CommandContext, known: readonly StatusStanza[], pattern: string): StatusStanza[] {
  if (pattern.includes(':')) context.notNative(`pattern ${pattern}`);
  return known.filter(({ name }) => compileGlob(pattern)(name));
}

/** The one package that `-s`, `-L` and `--control-path` mean: without an architecture the name must be unambiguous. */
function onePackage(context: CommandContext, query: ByteString): StatusStanza | undefined {
  if (!/^[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?$/.test(query)) return context.notNative(`package ${query}`);
  const found = findPackages(context.tree, query);
  if (found.length > 1) return context.notNative(`several packages ${query}`);
  return found[0];
}

/** What is shown for each package, an empty line between two; packages that are missing count as failures. */
function showEach(
  context: CommandContext,
  operands: readonly ByteString[],
  show: (stanza: StatusStanza) => ByteString | undefined,
  missing: { readonly text: string; readonly hint: string },
): number {
  if (operands.length === 0) return context.notNative('no package');
  let failures = 0;
  for (const [index, query] of operands.entries()) {
    const stanza = onePackage(context, query);
    const text = stanza === undefined ? undefined : show(stanza);
    if (text !== undefined) context.stdout(text);
    else {
      complain(context, `package '${query}' is ${missing.text}`);
      failures += 1;
    }
    if (index + 1 < operands.length) context.stdout('\n');
  }
  if (failures === 0) return 0;
  context.stderr(`${missing.hint}\n`);
  return 1;
}

export function showStatus(context: CommandContext, operands: readonly ByteString[]): number {
  return showEach(context, operands, ({ text }) => `${text}\n`, {
    text: 'not installed and no information is available',
    hint: 'Use dpkg --info (= dpkg-deb --info) to examine archive files.',
  });
}

export function listFiles(context: CommandContext, operands: readonly ByteString[]): number {
  const diverted = new Set(readDiversions(context.tree).flatMap(({ from, to }) => [from, to]));
  const show = (stanza: StatusStanza): ByteString | undefined => {
    const list = readListOfPackage(context.tree, stanza);
    if (list?.length === 0) return context.notNative(`${stanza.name} has no files`);
    const odd = list?.find((path) => diverted.has(path));
    if (odd !== undefined) return context.notNative(`diverted file ${odd}`);
    context.step(list?.length ?? 0);
    return list === undefined ? undefined : `${list.join('\n')}\n`;
  };
  return showEach(context, operands, show, {
    text: 'not installed',
    hint: 'Use dpkg --contents (= dpkg-deb --contents) to list archive files contents.',
  });
}

/** `-S` of one absolute path that at most one package has. */
export function searchPath(context: CommandContext, operands: readonly ByteString[]): number {
  const [path = ''] = operands;
  if (operands.length !== 1 || !path.startsWith('/') || GLOB.test(path) || (path.length > 1 && path.endsWith('/'))) {
    return context.notNative(`search for ${operands.join(' ')}`);
  }
  if (readDiversions(context.tree).some(({ from, to }) => from === path || to === path)) {
    return context.notNative(`diverted file ${path}`);
  }
  const owners = readStatusFile(context.tree).filter((stanza) => {
    context.step(10);
    return readListOfPackage(context.tree, stanza)?.includes(path) === true;
  });
  const [owner] = owners;
  if (owners.length > 1) return context.notNative(`${path} belongs to several packages`);
  if (owner === undefined) {
    complain(context, `no path found matching pattern ${path}`);
    return 1;
  }
  context.stdout(`${binaryName(owner, nativeArchitecture(context.tree))}: ${path}\n`);
  return 0;
}

export function controlPathOf(context: CommandContext, operands: readonly ByteString[]): number {
  const [query = '', file = ''] = operands;
  if (operands.length !== 2 || !/^[a-z0-9]+$/.test(file) || file === 'list') {
    return context.notNative(`--control-path ${operands.join(' ')}`);
  }
  const stanza = onePackage(context, query);
  if (stanza === undefined) {
    complain(context, `package '${query}' is not installed`);
    return 1;
  }
  const path = controlPath(stanza, file);
  if (context.tree.stat(path) !== undefined) context.stdout(`${path}\n`);
  return 0;
}

/** Messages come from dpkg-query, also when dpkg was called. */
function complain(context: CommandContext, text: ByteString): void {
  context.stderr(`dpkg-query: ${text}\n`);
}
