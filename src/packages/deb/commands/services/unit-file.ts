import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';

export type Instance = 'system' | 'user';

/** A link that enables a unit: `path` points to the unit file `target`. */
export interface UnitLink {
  readonly target: ByteString;
  readonly path: ByteString;
}

/** Path of a unit's file; the bare name when there is none. */
export function findUnit(context: CommandContext, unit: ByteString, instance: Instance): ByteString {
  const candidates = ['/etc/systemd', '/lib/systemd', '/usr/lib/systemd'].map((base) => `${base}/${instance}/${unit}`);
  return candidates.find((path) => context.tree.stat(path)?.type === 'file') ?? unit;
}

export function baseName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Lines of a unit file; undefined when it cannot be opened. */
export function readUnitLines(context: CommandContext, path: ByteString): readonly ByteString[] | undefined {
  const text = path.startsWith('/') ? context.tree.readText(path) : undefined;
  return text?.replace(/\n$/, '').split('\n');
}

/**
 * All links of a unit and of those it names in `Also=`, in the order in which deb-systemd-helper makes them. Undefined
 * when a unit file is missing. Quoted and repeated names, on which versions of the program differ, are not native.
 */
export function linkClosure(
  context: CommandContext,
  path: ByteString,
  instance: Instance,
  visited: readonly ByteString[] = [],
): readonly UnitLink[] | undefined {
  const lines = readUnitLines(context, path);
  if (lines === undefined) return undefined;
  context.step(lines.length);
  const unit = baseName(path);
  const seen = [...visited];
  const links: UnitLink[] = [];
  const directories: ByteString[] = [];
  let target = unit;
  for (const line of lines) {
    const wanted = /^\s*(WantedBy|RequiredBy)=(.+)$/i.exec(line);
    if (wanted !== null) {
      for (const name of names(context, wanted[2]))
        directories.push(`/etc/systemd/${instance}/${name}${suffix(context, wanted[1])}`);
    }
    for (const name of names(context, /^\s*Also=(.+)$/i.exec(line)?.[1])) {
      if (name === unit || seen.includes(name)) continue;
      seen.push(name);
      const below = linkClosure(context, findUnit(context, name, instance), instance, seen);
      if (below === undefined) return undefined;
      links.push(...below);
    }
    const aliases = names(context, /^\s*Alias=(.+)$/i.exec(line)?.[1]);
    if (aliases.length > 1) context.notNative(`several names in ${line}`);
    for (const name of aliases)
      if (name !== unit) links.push({ target: path, path: `/etc/systemd/${instance}/${name}` });
    const instanceName = /^\s*DefaultInstance=\s*(.+?)\s*$/i.exec(line)?.[1];
    if (instanceName !== undefined) {
      if (/["']/.test(instanceName)) context.notNative(`quotes in ${line}`);
      target = unit.replace(/^(.*@)(\.\w+)$/, (_, template: string, type: string) => template + instanceName + type);
      if (target === unit) context.notNative(`DefaultInstance= in ${unit}`);
    }
  }
  return [...links, ...directories.map((directory) => ({ target: path, path: `${directory}/${target}` }))];
}

function suffix(context: CommandContext, key: string | undefined): '.wants' | '.requires' {
  if (key === 'WantedBy') return '.wants';
  return key === 'RequiredBy' ? '.requires' : context.notNative(`${key}= in a unit file`);
}

function names(context: CommandContext, value: string | undefined): readonly ByteString[] {
  if (value === undefined) return [];
  if (/["'\\]/.test(value) || /^\s/.test(value)) context.notNative(`names ${value} in a unit file`);
  return value.split(/\s+/).filter((name) => name !== '');
}
