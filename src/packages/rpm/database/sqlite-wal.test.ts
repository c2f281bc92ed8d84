import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSqlitePackages } from './sqlite.ts';
import { hasCommittedChanges, withWriteAheadLog } from './sqlite-wal.ts';

const hasSqlite = spawnSync('sqlite3', ['--version']).status === 0;

/** The files of a database that SQLite has open with `changes` only in its log. */
function liveDatabase(changes: string): { database: Buffer; log: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), 'suture-wal-'));
  try {
    const script = `
PRAGMA journal_mode=WAL;
CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL);
INSERT INTO Packages VALUES (1, x'aa'), (2, zeroblob(9000));
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA wal_autocheckpoint=0;
${changes}
.system cp live copy
.system cp live-wal copy-wal
`;
    const { stderr } = spawnSync('sqlite3', ['live'], { cwd: directory, input: script, encoding: 'utf8' });
    expect(stderr).toBe('');
    return { database: readFileSync(join(directory, 'copy')), log: readFileSync(join(directory, 'copy-wal')) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const blobs = (file: Uint8Array): string[] =>
  readSqlitePackages(file, 'live').map((blob) => Buffer.from(blob).toString('hex').slice(0, 4));

describe.skipIf(!hasSqlite)('withWriteAheadLog (needs sqlite3)', () => {
  it('sees what was committed, also where the database grew', () => {
    const { database, log } = liveDatabase(
      "DELETE FROM Packages WHERE hnum=1; INSERT INTO Packages VALUES (3, x'bbcc'), (4, zeroblob(50000));",
    );
    expect(blobs(database)).toEqual(['aa', '0000']);
    expect(hasCommittedChanges(log)).toBe(true);
    expect(blobs(withWriteAheadLog(database, log))).toEqual(['0000', 'bbcc', '0000']);
  });

  it('stops at the last commit that is whole', () => {
    const { database, log } = liveDatabase(
      "INSERT INTO Packages VALUES (3, x'bb'); INSERT INTO Packages VALUES (4, x'cc');",
    );
    expect(blobs(withWriteAheadLog(database, log))).toEqual(['aa', '0000', 'bb', 'cc']);
    const torn = Buffer.from(log);
    torn[log.length - 5] = (torn[log.length - 5] ?? 0) ^ 1;
    expect(blobs(withWriteAheadLog(database, torn))).toEqual(['aa', '0000', 'bb']);
    expect(blobs(withWriteAheadLog(database, log.subarray(0, log.length - 1)))).toEqual(['aa', '0000', 'bb']);
  });

  it('leaves the database alone when the log is empty, of another kind or damaged at its head', () => {
    const { database, log } = liveDatabase("INSERT INTO Packages VALUES (3, x'bb');");
    const damaged = Buffer.from(log);
    damaged[20] = (damaged[20] ?? 0) ^ 1;
    for (const other of [Buffer.alloc(0), Buffer.alloc(4096), damaged]) {
      expect(hasCommittedChanges(other)).toBe(false);
      expect(withWriteAheadLog(database, other)).toBe(database);
    }
  });
});
