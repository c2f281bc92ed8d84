import type { ByteString } from '../../../../core/bytes.ts';
import type { Inode } from '../../../../oci/tree/types.ts';
import type { CommandContext } from '../../types.ts';
import { basename, dirname } from '../paths.ts';

/** What `-printf` can say about a path. */
export interface PrintedPath {
  /** As find was given it, with what was found below. */
  readonly path: ByteString;
  /** The starting point that it was found below. */
  readonly root: ByteString;
  readonly depth: number;
  readonly inode: Inode;
}

type Part = (printed: PrintedPath) => ByteString;

const ESCAPES: Readonly<Record<string, ByteString>> = { n: '\n', t: '\t', '0': '\0', '\\': '\\' };
const TYPES: Readonly<Record<Inode['type'], string>> = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  character: 'c',
  block: 'b',
  fifo: 'p',
};
const DIRECTIVES: Readonly<Record<string, Part>> = {
  '%': () => '%',
  p: ({ path }) => path,
  f: ({ path }) => basename(path),
  h: ({ path }) => dirname(path),
  P: ({ path, root }) => path.slice(root.length).replace(/^\//, ''),
  H: ({ root }) => root,
  d: ({ depth }) => String(depth),
  y: ({ inode }) => TYPES[inode.type],
  m: ({ inode }) => inode.mode.toString(8),
  U: ({ inode }) => String(inode.uid),
  G: ({ inode }) => String(inode.gid),
  l: ({ inode }) => inode.target ?? '',
};

/**
 * Compiles the format of `-printf`: names, type, mode and numeric owners. Widths, times, sizes and octal escapes are not
 * native, nor is a starting point with a slash at its end, of which versions of findutils print different parts.
 */
export function compilePrintFormat(context: CommandContext, format: ByteString): (printed: PrintedPath) => ByteString {
  const parts: Part[] = [];
  for (let index = 0; index < format.length; index += 1) {
    const char = format.charAt(index);
    if (char !== '%' && char !== '\\') {
      parts.push(() => char);
      continue;
    }
    index += 1;
    const letter = format.charAt(index);
    const escaped = ESCAPES[letter];
    const part = char === '%' ? DIRECTIVES[letter] : escaped === undefined ? undefined : (): ByteString => escaped;
    const isOctal = char === '\\' && letter === '0' && /[0-7]/.test(format.charAt(index + 1));
    if (part === undefined || isOctal) return context.notNative(`-printf ${format}`);
    parts.push(part);
  }
  return (printed) => {
    if (printed.root.endsWith('/')) context.notNative(`-printf below ${printed.root}`);
    return parts.map((part) => part(printed)).join('');
  };
}
