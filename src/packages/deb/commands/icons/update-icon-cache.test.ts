import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Files, hasProgram, RealRoot, runEmulated, treeOf } from '../testing/real-root.ts';
import { readIconCache } from './icon-cache-format.ts';
import { updateIconCache } from './update-icon-cache.ts';

const PROGRAM = '/usr/bin/gtk-update-icon-cache';
const THEME = '/usr/share/icons/hicolor';
const CACHE = `${THEME}/icon-theme.cache`;
const INDEX = { [`${THEME}/index.theme`]: '[Icon Theme]\nName=Hicolor\n' };

/** The cache that the real program makes for these icons. */
function realCache(files: Files): string {
  const root = new RealRoot(files);
  try {
    root.run([PROGRAM, '--force', '--quiet', `{root}${THEME}`]);
    return readFileSync(join(root.path, CACHE), 'latin1');
  } finally {
    root.dispose();
  }
}

function emulate(files: Files, words = ['--force', '--quiet', THEME]) {
  return runEmulated(updateIconCache, [PROGRAM, ...words], treeOf(files));
}

const size = fc.constantFrom('16x16', '48x48', 'scalable');
const category = fc.constantFrom('apps', 'actions', 'legacy/apps');
const name = fc.constantFrom('a.png', 'a.svg', 'b.xpm', 'long-name.png', 'x.y.png', 'c.svgz', 'README', 'd.PNG');
const icons = fc.uniqueArray(
  fc.tuple(size, category, name).map((parts) => `${THEME}/${parts.join('/')}`),
  { minLength: 1, maxLength: 12 },
);

describe.skipIf(!hasProgram(PROGRAM))('gtk-update-icon-cache and the real one', () => {
  it('leaves the cache of an unchanged set of icons as it is', () => {
    fc.assert(
      fc.property(icons, (paths) => {
        fc.pre(paths.some((path) => /\.(png|svg|xpm)$/.test(path)));
        const files = { ...INDEX, ...Object.fromEntries(paths.map((path) => [path, 'picture'])) };
        const known = { ...files, [CACHE]: realCache(files) };
        const ours = emulate(known);
        const root = new RealRoot(known);
        const real = root.run([PROGRAM, '--force', '--quiet', `{root}${THEME}`]);
        root.dispose();
        expect(ours).toEqual(real);
      }),
      { numRuns: 25 },
    );
  });

  it('is not native when an icon came, went or changed its suffix', () => {
    const before = { ...INDEX, [`${THEME}/16x16/apps/a.png`]: '1', [`${THEME}/16x16/apps/b.png`]: '2' };
    const cache = { [CACHE]: realCache(before) };
    expect(emulate({ ...before, ...cache })?.status).toBe(0);
    expect(emulate({ ...before, ...cache, [`${THEME}/48x48/apps/a.png`]: '3' })).toBeUndefined();
    expect(emulate({ ...before, ...cache, [`${THEME}/16x16/apps/a.svg`]: '3' })).toBeUndefined();
    expect(emulate({ ...INDEX, ...cache, [`${THEME}/16x16/apps/a.png`]: '1' })).toBeUndefined();
    expect(emulate({ ...before, ...cache, [`${THEME}/16x16/apps/c.symbolic.png`]: '' })).toBeUndefined();
    expect(emulate({ ...before, ...cache, [`${THEME}/linked`]: '-> 16x16' })).toBeUndefined();
  });
});

describe('gtk-update-icon-cache', () => {
  it('is not native without a cache to compare with, or not forced', () => {
    const files = { ...INDEX, [`${THEME}/16x16/apps/a.png`]: '1' };
    expect(emulate(files)).toBeUndefined();
    expect(emulate({ ...files, [CACHE]: 'no cache' })).toBeUndefined();
    expect(emulate(files, ['--quiet', THEME])).toBeUndefined();
  });

  it('reads any bytes without failing or hanging', () => {
    const header = fc.uint8Array({ maxLength: 120 }).map((bytes) => Uint8Array.of(0, 1, 0, 0, ...bytes));
    fc.assert(
      fc.property(fc.oneof(header, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        const read = readIconCache(bytes);
        return read === undefined || read instanceof Map;
      }),
    );
  });
});
