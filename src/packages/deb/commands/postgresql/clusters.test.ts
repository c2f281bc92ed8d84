import { describe, expect, it } from 'vitest';
import { type Files, runEmulated, treeOf } from '../testing/real-root.ts';
import { pgListClusters, pgUpdateDictionaries } from './clusters.ts';

const CACHE = '/var/cache/postgresql/dicts/';
const AFFIX = '/usr/share/postgresql/17/tsearch_data/ispell_sample.affix';

function updateDictionaries(files: Files) {
  return runEmulated(pgUpdateDictionaries, ['pg_updatedicts'], treeOf(files));
}

describe('pg_updatedicts', () => {
  it('prints its two headings and changes nothing without dictionaries', () => {
    const files = { [CACHE]: '', [AFFIX]: 'a file of the server', '/usr/share/hunspell/en.dic': 'words alone' };
    const outcome = updateDictionaries(files);
    expect(outcome?.status).toBe(0);
    expect(outcome?.stdout.split('\n')).toHaveLength(3);
    expect(outcome?.files[AFFIX]).toMatch(/^old /);
  });

  it.each<[string, Files]>([
    ['a dictionary', { [CACHE]: '', '/usr/share/hunspell/en_US.aff': 'SET UTF-8\n' }],
    ['a linked dictionary', { [CACHE]: '', '/usr/share/myspell/dicts/en.aff': '-> other.aff' }],
    ['no cache', {}],
    ['something to clean up in the cache', { [`${CACHE}en.affix`]: '' }],
    ['a link to clean up', { [CACHE]: '', '/usr/share/postgresql/17/tsearch_data/en.dict': '-> /x' }],
  ])('is not native with %s', (_, files) => {
    expect(updateDictionaries(files)).toBeUndefined();
  });
});

describe('pg_lsclusters', () => {
  it('prints nothing without a cluster', () => {
    expect(runEmulated(pgListClusters, ['pg_lsclusters', '-h'], treeOf({}))).toMatchObject({ status: 0, stdout: '' });
    expect(runEmulated(pgListClusters, ['pg_lsclusters', '-h'], treeOf({ '/etc/postgresql/': '' }))?.stdout).toBe('');
  });

  it('is not native with one, or with a heading', () => {
    const files = { '/etc/postgresql/17/main/postgresql.conf': 'port = 5432\n' };
    expect(runEmulated(pgListClusters, ['pg_lsclusters', '-h'], treeOf(files))).toBeUndefined();
    expect(runEmulated(pgListClusters, ['pg_lsclusters'], treeOf({}))).toBeUndefined();
  });
});
