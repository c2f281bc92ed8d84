import type { ByteString } from '../../../core/bytes.ts';
import type { Word, WordPart } from '../syntax/ast.ts';
import { readPasswd } from './files.ts';
import type { Shell } from './shell.ts';

/** Replaces an unquoted `~` or `~user` at the start of a word, and in assignments also after each colon. */
export function expandTilde(word: Word, shell: Shell, context: 'word' | 'assignment'): Word {
  if (!word.parts.some((part) => part.kind === 'literal' && part.text.includes('~'))) return word;
  const parts = word.parts.flatMap((part, index): WordPart[] => {
    if (part.kind !== 'literal') return [part];
    const isLast = index === word.parts.length - 1;
    return expandLiteral(part.text, index === 0, isLast, shell, context === 'assignment');
  });
  return { parts, line: word.line };
}

function expandLiteral(text: ByteString, first: boolean, last: boolean, shell: Shell, colons: boolean): WordPart[] {
  const sections = colons ? text.split(':') : [text];
  const parts: WordPart[] = [];
  for (const [index, section] of sections.entries()) {
    if (index > 0) parts.push({ kind: 'literal', text: ':' });
    const atStart = index > 0 || first;
    const closed = section.includes('/') || index < sections.length - 1 || last;
    const user = atStart && closed ? /^~([A-Za-z0-9_.-]*)(?=\/|$)/.exec(section) : null;
    const home = user === null ? undefined : homeDirectory(user[1] ?? '', shell);
    if (user === null || home === undefined) parts.push({ kind: 'literal', text: section });
    else {
      parts.push({ kind: 'quoted', text: home });
      parts.push({ kind: 'literal', text: section.slice(user[0].length) });
    }
  }
  return parts;
}

function homeDirectory(user: string, shell: Shell): ByteString | undefined {
  if (user === '') return shell.get('HOME');
  return readPasswd(shell.world.tree).find(({ name }) => name === user)?.home;
}
