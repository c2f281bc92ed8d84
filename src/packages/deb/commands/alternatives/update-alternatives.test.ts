import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canChroot, type Files, hasProgram, RealRoot, runEmulated, treeOf } from '../testing/real-root.ts';
import { updateAlternatives } from './update-alternatives.ts';

const PROGRAM = '/usr/bin/update-alternatives';
const FILES: Files = {
  '/usr/bin/vim': 'v',
  '/usr/bin/nano': 'n',
  '/usr/bin/ed': 'e',
  '/usr/share/man/vim.1': 'v',
  '/usr/share/man/nano.1': 'n',
  '/usr/local/bin/': '',
  '/etc/alternatives/': '',
  '/var/lib/dpkg/alternatives/': '',
};

/** Runs the same calls for real and emulated, as far as all of them are native; how many were. */
function compare(files: Files, calls: readonly (readonly string[])[]): number {
  const root = new RealRoot(files);
  const tree = treeOf(files);
  const program = root.inside(PROGRAM);
  let count = 0;
  try {
    for (const call of calls) {
      const ours = runEmulated(updateAlternatives, ['update-alternatives', ...call], tree);
      if (ours === undefined) break;
      const real = root.run([...program, ...call]);
      expect({ call, ...ours }).toEqual({ call, ...real });
      count += 1;
    }
  } finally {
    root.dispose();
  }
  return count;
}

const install = (path: string, priority: string, ...slaves: string[]): string[] => [
  ...['--install', '/usr/bin/editor', 'editor', path, priority],
  ...slaves,
];
const slave = (path: string, link = '/usr/share/man/editor.1'): string[] => ['--slave', link, 'editor.1', path];
const VIM = install('/usr/bin/vim', '30', ...slave('/usr/share/man/vim.1'));
const NANO = install('/usr/bin/nano', '40', ...slave('/usr/share/man/nano.1'));
const ED = install('/usr/bin/ed', '-100');

describe.skipIf(!hasProgram(PROGRAM) || !canChroot())('update-alternatives and the real one', () => {
  it.each([
    ['the first registration', [VIM]],
    ['a repeated one', [VIM, VIM]],
    ['a better one, with another slave file', [VIM, NANO]],
    ['one without the slave', [VIM, ED, ['--set', 'editor', '/usr/bin/ed']]],
    ['a manual choice that stays', [VIM, ED, ['--set', 'editor', '/usr/bin/ed'], NANO, ['--auto', 'editor']]],
    ['the removal of the current choice', [VIM, NANO, ['--remove', 'editor', '/usr/bin/nano']]],
    ['the removal of the last', [VIM, ['--remove', 'editor', '/usr/bin/vim']]],
    ['the removal of a group that is not there', [['--remove', 'editor', '/usr/bin/vim']]],
    ['the removal of all', [VIM, NANO, ['--remove-all', 'editor']]],
    ['a missing file', [install('/usr/bin/none', '1')]],
    ['another link', [VIM, ['--install', '/usr/local/bin/editor', 'editor', '/usr/bin/vim', '30']]],
    [
      'another slave link',
      [VIM, install('/usr/bin/vim', '30', ...slave('/usr/share/man/vim.1', '/usr/share/man/e.1'))],
    ],
    ['a slave whose file is missing', [install('/usr/bin/vim', '1', ...slave('/usr/share/man/none.1'))]],
    ['lists', [VIM, ED, ['--list', 'editor'], ['--query', 'editor'], ['--display', 'editor'], ['--list', 'none']]],
  ])('do the same with %s', (_, calls) => {
    expect(compare(FILES, calls)).toBe(calls.length);
  });

  it('do the same with broken links, foreign files and removed choices', () => {
    const group =
      'auto\n/usr/bin/editor\neditor.1\n/usr/share/man/editor.1\n\n/usr/bin/gone\n50\n\n/usr/bin/vim\n30\n/usr/share/man/vim.1\n\n';
    const registered = { ...FILES, '/var/lib/dpkg/alternatives/editor': group };
    const states: Files[] = [
      registered,
      { ...registered, '/etc/alternatives/editor': '-> /usr/bin/vim' },
      {
        ...registered,
        '/etc/alternatives/editor': '-> /usr/bin/gone',
        '/usr/bin/editor': '-> /etc/alternatives/editor',
      },
      { ...registered, '/etc/alternatives/editor': '-> /usr/bin/ed', '/usr/bin/editor': '-> /etc/alternatives/editor' },
      { ...registered, '/etc/alternatives/editor': '-> /usr/bin/vim', '/usr/bin/editor': 'a file' },
    ];
    for (const state of states) {
      for (const call of [VIM, NANO, ['--auto', 'editor'], ['--remove', 'editor', '/usr/bin/vim']]) {
        compare(state, [call]);
      }
    }
    expect(compare(registered, [VIM])).toBe(1);
  });

  it('do the same over any sequence of calls', () => {
    const calls = [
      ...[VIM, NANO, ED, ['--auto', 'editor'], ['--set', 'editor', '/usr/bin/ed'], ['--set', 'editor', '/usr/bin/vim']],
      ...[
        ['--remove', 'editor', '/usr/bin/vim'],
        ['--remove', 'editor', '/usr/bin/nano'],
        ['--query', 'editor'],
      ],
      install('/usr/bin/vim', '99'),
    ];
    const sequence = fc.array(fc.constantFrom(...calls), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(sequence, (chosen) => {
        expect(compare(FILES, chosen)).toBe(chosen.length);
      }),
      { numRuns: 40 },
    );
  });
});

it('refuses names and links of another group', () => {
  const tree = treeOf(FILES);
  expect(runEmulated(updateAlternatives, ['update-alternatives', ...VIM], tree)?.status).toBe(0);
  const clash = ['--install', '/usr/bin/editor', 'other', '/usr/bin/nano', '1'];
  expect(runEmulated(updateAlternatives, ['update-alternatives', ...clash], tree)).toBeUndefined();
});
