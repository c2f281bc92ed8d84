import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { OutputStream } from '../definition.ts';
import { useColor } from './color.ts';
import { progressRenderer } from './progress.ts';

function renderer(options: Record<string, string | boolean> = {}, isTerminal = false, environment = {}) {
  let text = '';
  const stream: OutputStream = {
    write: (more) => {
      text += more;
    },
    isTerminal,
    columns: 40,
  };
  let now = 0;
  const progress = progressRenderer(
    { stdout: stream, stderr: stream },
    options,
    { NO_COLOR: '1', ...environment },
    () => now,
  );
  return {
    progress,
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
    text: () => text,
  };
}

describe('progressRenderer', () => {
  it('writes one line per finished step where nobody watches', () => {
    const { progress, wait, text } = renderer();
    progress.emit({ kind: 'start', id: 'a', title: 'reading' });
    progress.emit({ kind: 'advance', id: 'a', done: 5 });
    wait(1500);
    progress.emit({ kind: 'end', id: 'a', summary: '3 layers' });
    progress.emit({ kind: 'end', id: 'unknown' });
    progress.emit({ kind: 'note', level: 'warning', message: 'mind this' });
    progress.close();
    expect(text()).toBe('✓   1.5 s  reading: 3 layers\nwarning mind this\n');
  });

  it('redraws what is under way on a terminal, cut to its width, and clears it at the end', () => {
    const { progress, wait, text } = renderer({}, true);
    progress.emit({ kind: 'start', id: 'a', title: `pulling ${'x'.repeat(50)}`, total: 2000, unit: 'bytes' });
    wait(100);
    progress.emit({ kind: 'advance', id: 'a', done: 1000 });
    progress.close();
    const lines = text().split('\n');
    expect(lines.every((line) => stripVTControlCharacters(line).length <= 39)).toBe(true);
    expect(text()).toContain('\x1b[1A\x1b[J');
    expect(text().endsWith('\x1b[1A\x1b[J')).toBe(true);
  });

  it('does not redraw under CI, and says nothing when quiet', () => {
    const ci = renderer({}, true, { CI: 'true' });
    ci.progress.emit({ kind: 'start', id: 'a', title: 'x' });
    expect(ci.text()).toBe('');
    const quiet = renderer({ quiet: true });
    quiet.progress.emit({ kind: 'note', level: 'info', message: 'x' });
    expect(quiet.text()).toBe('');
  });

  it('writes JSON lines when asked', () => {
    const { progress, text } = renderer({ logFormat: 'json' });
    progress.emit({ kind: 'start', id: 'a', title: 'x' });
    progress.emit({ kind: 'advance', id: 'a', done: 1 });
    progress.emit({ kind: 'note', level: 'warning', message: 'y' });
    const lines = text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual([
      { level: 'info', kind: 'start', id: 'a', title: 'x' },
      { level: 'warning', kind: 'note', message: 'y' },
    ]);
  });
});

describe('useColor', () => {
  it.each([
    [true, {}, {}, true],
    [false, {}, {}, false],
    [true, {}, { NO_COLOR: '1' }, false],
    [true, { color: false }, {}, false],
    [false, {}, { FORCE_COLOR: '1' }, true],
    [false, {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [true, {}, { TERM: 'dumb' }, false],
  ])('terminal %s, options %j, environment %j: %s', (isTerminal, options, environment, expected) => {
    expect(useColor({ write: () => {}, isTerminal, columns: 80 }, options, environment)).toBe(expected);
  });
});
