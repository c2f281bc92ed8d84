import type { RunLogLine } from '../../../src/service/api/contract/runs.ts';

/** Lines in order, each once, whichever way they came. Both lists are in order. */
export function mergeLines(known: readonly RunLogLine[], more: readonly RunLogLine[]): readonly RunLogLine[] {
  const last = known.at(-1)?.sequence ?? -1;
  if (more.every(({ sequence }) => sequence > last)) return more.length === 0 ? known : [...known, ...more];
  const all = new Map([...known, ...more].map((line) => [line.sequence, line]));
  return [...all.values()].sort((a, b) => a.sequence - b.sequence);
}

/** Blocks that the browser can leave undrawn while they are out of sight. */
export function inBlocks<T>(lines: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(lines.length / size) }, (_, index) =>
    lines.slice(index * size, (index + 1) * size),
  );
}

export function asText(lines: readonly RunLogLine[]): string {
  return lines
    .map(
      ({ time, level, reference, message }) =>
        `${time} ${level} ${reference === undefined ? '' : `${reference}: `}${message}\n`,
    )
    .join('');
}
