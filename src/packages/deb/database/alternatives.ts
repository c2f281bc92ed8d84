import type { ByteString } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { ADMIN } from './admin-file.ts';

/** One group of update-alternatives(1), as its file in /var/lib/dpkg/alternatives records it. */
export interface Alternative {
  readonly mode: 'auto' | 'manual';
  /** The generic name of the master link, for example /usr/bin/editor. */
  readonly link: ByteString;
  readonly slaves: readonly { readonly name: ByteString; readonly link: ByteString }[];
  readonly choices: readonly AlternativeChoice[];
}

export interface AlternativeChoice {
  readonly path: ByteString;
  readonly priority: number;
  /** Targets in the order of `slaves`; empty where this choice has none. */
  readonly slaves: readonly ByteString[];
}

export const ALTERNATIVES_DIRECTORY: ByteString = `${ADMIN}/alternatives`;

/** The group of that name; undefined when there is none. @throws SutureError DATABASE_UNREADABLE */
export function readAlternative(tree: VirtualTree, name: ByteString): Alternative | undefined {
  const text = tree.readText(`${ALTERNATIVES_DIRECTORY}/${name}`);
  return text === undefined ? undefined : parseAlternative(text, `${ALTERNATIVES_DIRECTORY}/${name}`);
}

/** @throws SutureError DATABASE_UNREADABLE with the line */
export function parseAlternative(text: ByteString, what: string): Alternative {
  const all = text.split('\n');
  let at = 0;
  const fail = (reason: string): never => {
    throw new SutureError('DATABASE_UNREADABLE', `${what}, line ${at}: ${reason}`);
  };
  const next = (): ByteString => {
    const line = all[at++];
    return line === undefined || (at === all.length && line === '') ? fail('the file is cut off') : line;
  };
  const mode = next();
  if (mode !== 'auto' && mode !== 'manual') return fail(`"${mode}" is neither auto nor manual`);
  const link = next();
  const slaves: { name: ByteString; link: ByteString }[] = [];
  for (let name = next(); name !== ''; name = next()) slaves.push({ name, link: next() });
  const choices: AlternativeChoice[] = [];
  for (let path = next(); path !== ''; path = next()) {
    const priority = next();
    if (!/^-?[0-9]+$/.test(priority)) fail(`"${priority}" is not a priority`);
    choices.push({ path, priority: Number(priority), slaves: slaves.map(() => next()) });
  }
  return { mode, link, slaves, choices };
}

/** As update-alternatives writes it. */
export function formatAlternative(alternative: Alternative): ByteString {
  const all: ByteString[] = [alternative.mode, alternative.link];
  for (const { name, link } of alternative.slaves) all.push(name, link);
  all.push('');
  for (const choice of alternative.choices) all.push(choice.path, String(choice.priority), ...choice.slaves);
  return `${all.join('\n')}\n\n`;
}
