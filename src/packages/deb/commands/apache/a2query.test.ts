import { expect, it } from 'vitest';
import { type Files, runEmulated, treeOf } from '../testing/real-root.ts';
import { a2query } from './a2query.ts';

const IMAGE: Files = {
  '/etc/apache2/mods-enabled/mpm_prefork.load': '-> ../mods-available/mpm_prefork.load',
  '/etc/apache2/mods-enabled/php8.2.load': '-> ../mods-available/php8.2.load',
  '/etc/apache2/mods-enabled/php8.2.conf': '-> ../mods-available/php8.2.conf',
  '/var/lib/apache2/module/enabled_by_maint/php8.2': '',
  '/var/lib/apache2/module/disabled_by_admin/status': '',
};
const run = (...words: string[]): readonly [number, string] | undefined => {
  const effect = runEmulated(a2query, ['a2query', ...words], treeOf(IMAGE));
  return effect === undefined ? undefined : [effect.status, effect.stdout];
};

it('tells which modules are enabled, and by whom', () => {
  expect(run('-m', 'php8.2')).toEqual([0, 'php8.2 (enabled by maintainer script)\n']);
  expect(run('-m')).toEqual([0, 'mpm_prefork (enabled by unknown)\nphp8.2 (enabled by maintainer script)\n']);
  expect(run('-q', '-m', 'php8.2')).toEqual([0, '']);
  expect(run('-M')).toEqual([0, 'prefork\n']);
});

it('tells why one is not', () => {
  expect(run('-m', 'status')).toEqual([32, '']);
  expect(run('-m', 'none')).toEqual([1, '']);
  expect(run('-s')).toBeUndefined();
});
