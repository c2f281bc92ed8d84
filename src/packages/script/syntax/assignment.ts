import type { Assignment, Word } from './ast.ts';

/** `NAME=value` with the name unquoted. */
export function readAssignment(word: Word): Assignment | undefined {
  const [first, ...rest] = word.parts;
  if (first?.kind !== 'literal') return undefined;
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(first.text);
  if (match?.[1] === undefined) return undefined;
  const remainder = first.text.slice(match[0].length);
  const parts = remainder === '' ? rest : [{ kind: 'literal', text: remainder } as const, ...rest];
  return { name: match[1], value: { parts, line: word.line } };
}
