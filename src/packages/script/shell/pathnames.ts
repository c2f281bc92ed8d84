import type { ByteString } from '../../../core/bytes.ts';
import type { Field } from './fields.ts';
import { absolutePath, lstatPath, statPath } from './files.ts';
import { compilePattern, escapePattern, hasPatternCharacter, matchesPattern } from './pattern.ts';
import type { Shell } from './shell.ts';

/** Path name expansion of one field: the matches in byte order, or the field itself when nothing matches. */
export function expandPathname(field: Field, shell: Shell): ByteString[] {
  const literal = field.map(({ text }) => text).join('');
  if (shell.options.has('noglob')) return [literal];
  const unquoted = field.filter(({ quoted }) => !quoted);
  if (!unquoted.some(({ text }) => /[*?[]/.test(text))) return [literal];
  // The command `[` stands in every script: without a closing bracket it is a name, for which no directory is read.
  if (!literal.includes(']') && !unquoted.some(({ text }) => /[*?]/.test(text))) return [literal];
  if (unquoted.some(({ text }) => text.includes('\\'))) shell.notNative('backslash in a pattern of path names');
  const pattern = field.map(({ text, quoted }) => (quoted ? escapePattern(text) : text)).join('');
  if (!hasPatternCharacter(pattern)) return [literal];
  const matches = expandPathPattern(pattern, shell);
  return matches.length === 0 ? [literal] : matches;
}

/** All paths that match a pattern, in byte order. */
export function expandPathPattern(pattern: ByteString, shell: Shell): ByteString[] {
  if (/\[[^\]]*\//.test(pattern)) shell.notNative('bracket expression across a slash');
  const components = pattern.split(/(\/+)/);
  let prefixes: ByteString[] = [''];
  for (const [index, component] of components.entries()) {
    const isLast = index === components.length - 1;
    if (index % 2 === 1) prefixes = prefixes.map((prefix) => prefix + component);
    else if (component !== '')
      prefixes = prefixes.flatMap((prefix) => matchComponent(prefix, component, isLast, shell));
  }
  const matches = pattern.endsWith('/') ? prefixes.filter((path) => isDirectory(path, shell)) : prefixes;
  return matches.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function isDirectory(path: ByteString, shell: Shell): boolean {
  return statPath(shell.world.tree, shell.cwd, path)?.type === 'directory';
}

function matchComponent(prefix: ByteString, component: ByteString, isLast: boolean, shell: Shell): ByteString[] {
  const { tree, budget } = shell.world;
  if (!hasPatternCharacter(component)) {
    const path = prefix + component.replace(/\\(.)/gs, '$1');
    const inode = isLast ? lstatPath(tree, shell.cwd, path) : statPath(tree, shell.cwd, path);
    return inode !== undefined && (isLast || inode.type === 'directory') ? [path] : [];
  }
  const compiled = compilePattern(component);
  const hidden = component.startsWith('.') || component.startsWith('\\.');
  const directory = absolutePath(shell.cwd, prefix === '' ? '.' : prefix);
  const names = hidden ? ['.', '..', ...tree.readdir(directory)] : tree.readdir(directory);
  budget.step(names.length);
  return names
    .filter((name) => (hidden || !name.startsWith('.')) && matchesPattern(compiled, name))
    .map((name) => prefix + name)
    .filter((path) => isLast || isDirectory(path, shell));
}
