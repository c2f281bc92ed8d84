import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineAuthFiles, readAuthFiles } from './machine-auth.ts';

describe('credentials of this machine', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'apt-auth-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('are those of auth.conf and of auth.conf.d/*.conf, in the order of their names', () => {
    expect(machineAuthFiles(directory)).toEqual([]);
    mkdirSync(join(directory, 'auth.conf.d'));
    const names = [
      'auth.conf',
      'auth.conf.d/b.conf',
      'auth.conf.d/90a.conf',
      'auth.conf.d/c.conf.bak',
      'auth.conf.d/.d.conf',
    ];
    for (const name of names) writeFileSync(join(directory, name), `machine ${name}`);
    const found = machineAuthFiles(directory);
    expect(found).toEqual(
      ['auth.conf', 'auth.conf.d/90a.conf', 'auth.conf.d/b.conf'].map((name) => join(directory, name)),
    );
    expect(readAuthFiles(found).map(({ text }) => text)).toContain('machine auth.conf');
    expect(readAuthFiles([join(directory, 'auth.conf.d')]).map(({ name }) => name)).toEqual(found.slice(1));
  });

  it('are refused when a file that was named cannot be read', () => {
    expect(() => readAuthFiles([join(directory, 'none')])).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE' }),
    );
  });
});
