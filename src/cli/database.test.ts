import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  databaseArchive,
  databaseBytes,
  databaseTree,
  metadataBytes,
  pushDatabase,
} from '../../test/support/database-artifact.ts';
import { withDirectory } from '../../test/support/images.ts';
import { openLayout } from '../oci/layout/layout.ts';
import { COMMANDS } from './commands/index.ts';
import { runProgram } from './program.ts';

const MINUTE = 60_000;

/** Runs a command line with a cache of its own. */
async function suture(directory: string, ...line: string[]) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTerminal: false,
    columns: 200,
  });
  const code = await runProgram(COMMANDS, '0', [...line, '--cache-dir', join(directory, 'cache')], {
    terminal: { stdout: stream('stdout'), stderr: stream('stderr') },
    environment: {},
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

/** A directory as Trivy's cache has it. */
async function trivyCache(directory: string, note: string, ageMs: number): Promise<string> {
  const path = join(directory, note);
  await mkdir(path);
  await writeFile(join(path, 'trivy.db'), databaseBytes(directory, databaseTree(note)));
  await writeFile(join(path, 'metadata.json'), metadataBytes(new Date(Date.now() - ageMs).toISOString()));
  return path;
}

describe('suture db', () => {
  it('imports, shows, rolls back and prunes', () =>
    withDirectory(async (directory) => {
      const first = await suture(directory, 'db', 'import', await trivyCache(directory, 'first', 3 * 24 * 60 * MINUTE));
      expect(first).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}, built .* \(3 days ago\)/) as string,
      });
      await suture(directory, 'db', 'import', await trivyCache(directory, 'second', MINUTE));
      const shown = await suture(directory, 'db', 'status');
      expect(shown.stdout).toMatch(
        /^ACTIVE +DIGEST +BUILT +AGE +NEXT DUE +FETCHED +SIZE +FROM\n\* +sha256:[0-9a-f]{12} /,
      );
      expect(shown.stdout.split('\n')[2]).toMatch(/^ +sha256:.* 3 days .*first$/);
      const back = JSON.parse((await suture(directory, 'db', 'rollback', '--output', 'json')).stdout) as Record<
        string,
        unknown
      >;
      expect(back).toMatchObject({
        kind: 'DatabaseRollback',
        database: { source: { name: join(directory, 'first') } },
      });
      const pruned = await suture(directory, 'db', 'prune', '--keep', '1', '--output', 'json');
      expect(JSON.parse(pruned.stdout)).toMatchObject({
        kind: 'DatabasePrune',
        removed: [expect.stringMatching(/^sha256:/)],
      });
      expect((await suture(directory, 'db', 'prune')).stdout).toBe('nothing to remove\n');
    }));

  it('ends with 4 when there is no database or it is too old', () =>
    withDirectory(async (directory) => {
      expect(await suture(directory, 'db', 'status')).toMatchObject({ code: 4, stdout: '' });
      await suture(directory, 'db', 'import', await trivyCache(directory, 'old', 90 * MINUTE));
      expect(await suture(directory, 'db', 'status', '--max-db-age', '2h')).toMatchObject({ code: 0 });
      const stale = await suture(directory, 'db', 'status', '--max-db-age', '89m');
      expect(stale).toMatchObject({ code: 4, stdout: expect.stringContaining('90 minutes') as string });
      expect(stale.stderr).toContain('DATABASE_STALE');
      const document = await suture(directory, 'db', 'status', '--max-db-age', '89m', '--output', 'json');
      expect(document.code).toBe(4);
      expect(JSON.parse(document.stdout)).toMatchObject({ kind: 'Error' });
      const fresh = await suture(directory, 'db', 'status', '--output', 'json');
      expect(JSON.parse(fresh.stdout)).toMatchObject({ kind: 'DatabaseStatus', databases: [{ active: true }] });
      expect(await suture(directory, 'db', 'status', '--max-db-age', 'soon')).toMatchObject({ code: 2 });
    }));

  it('updates from a repository, and says when there is nothing new', () =>
    withDirectory(async (directory) => {
      const layout = await openLayout(join(directory, 'layout'), { create: true });
      const members = {
        'trivy.db': databaseBytes(directory, databaseTree()),
        'metadata.json': metadataBytes('2026-01-01T00:00:00Z'),
      };
      await pushDatabase(layout, await databaseArchive(members), '2');
      const line = ['db', 'update', '--db-repository', `oci:${directory}/layout:2`];
      expect((await suture(directory, ...line)).stdout).toContain('came from oci:');
      const again = JSON.parse((await suture(directory, ...line, '--output', 'json')).stdout) as Record<
        string,
        unknown
      >;
      expect(again).toMatchObject({ kind: 'DatabaseUpdate', outcome: 'unchanged' });
    }));

  it('warns of an import that is older than what was there', () =>
    withDirectory(async (directory) => {
      await suture(directory, 'db', 'import', await trivyCache(directory, 'new', MINUTE));
      const old = await suture(directory, 'db', 'import', await trivyCache(directory, 'old', 60 * MINUTE));
      expect(old.stderr).toContain('older than the one before');
      const copy = join(directory, 'copy');
      await cp(join(directory, 'new'), copy, { recursive: true });
      expect((await suture(directory, 'db', 'import', copy)).stderr).not.toContain('older');
    }));
});
