import type { ByteString } from '../../../../core/bytes.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { configurationFiles } from './file-names.ts';

const MAX_BYTES = 1024 * 1024;
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|#(?!clear|include|x-apt)[^\n]*|"([^"\n]*)"|[{};]|[^\s"{};]+/g;

/** Values of the image's apt configuration, by lower-case name (`apt::default-release`). Lists keep their last value. */
export type AptConfiguration = ReadonlyMap<string, string>;

/** Reads apt.conf.d and apt.conf of an image in apt's order; later values win. `#include` is not followed. */
export function readAptConfiguration(tree: VirtualTree): AptConfiguration {
  const values = new Map<string, string>();
  for (const path of [...configurationFiles(tree, '/etc/apt/apt.conf.d', ['conf', '']), '/etc/apt/apt.conf']) {
    const text = tree.readText(path, MAX_BYTES);
    if (text !== undefined) parseAptConfiguration(text, values);
  }
  return values;
}

/** Parses the ISC-like syntax of apt.conf(5): `A::B "v";`, nested `A { B "v"; };`, `#clear A::B;`. */
export function parseAptConfiguration(text: ByteString, values = new Map<string, string>()): Map<string, string> {
  const scopes: string[] = [];
  let statement: { text: string; quoted: boolean }[] = [];
  const qualified = (name: string): string => [...scopes, name.toLowerCase()].join('::');
  const finish = (): void => {
    const [name, ...rest] = statement;
    statement = [];
    if (name === undefined) return;
    if (name.text.toLowerCase() === '#clear') {
      for (const word of rest) clear(values, qualified(word.text));
    } else if (!name.text.startsWith('#') && rest.length > 0 && !name.quoted) {
      values.set(qualified(name.text), rest.map((word) => word.text).join(' '));
    }
  };
  for (const match of text.matchAll(TOKEN)) {
    const token = match[0];
    if (token.startsWith('//') || token.startsWith('/*') || /^#(?!clear|include|x-apt)/.test(token)) continue;
    if (token === ';') finish();
    else if (token === '{') {
      scopes.push((statement[0]?.text ?? '').toLowerCase());
      statement = [];
    } else if (token === '}') {
      finish();
      scopes.pop();
    } else statement.push({ text: match[1] ?? token, quoted: match[1] !== undefined });
  }
  finish();
  return values;
}

function clear(values: Map<string, string>, name: string): void {
  for (const key of [...values.keys()]) if (key === name || key.startsWith(`${name}::`)) values.delete(key);
}

/** apt's truth words (`StringToBool`); undefined for anything else. */
export function aptBoolean(text: string | undefined): boolean | undefined {
  switch (text?.trim().toLowerCase()) {
    case 'yes':
    case 'true':
    case 'with':
    case 'on':
    case 'enable':
    case '1':
      return true;
    case 'no':
    case 'false':
    case 'without':
    case 'off':
    case 'disable':
    case '0':
      return false;
    default:
      return undefined;
  }
}
