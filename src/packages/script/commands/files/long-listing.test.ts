import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateScript } from '../../evaluate.ts';
import { TEST_ENVIRONMENT, testImage } from '../../testing/image.ts';
import { HAS_DASH } from '../../testing/real-shell.ts';
import { ls } from './inspect.ts';

const DAY = 86_400;

function realListing(path: string): string {
  return execFileSync('ls', ['-ln', path], {
    env: { PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' },
    encoding: 'utf8',
  });
}

function emulatedListing(path: string, mtime: number, sourceDate: number) {
  const tree = testImage(['ls']);
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  tree.mkdir(join(path, '..'), { mode: 0o755, uid: 0, gid: 0, mtime });
  tree.writeFile(path, new Uint8Array(1234), { mode: 0o640, uid, gid, mtime });
  const run = { name: 'test', text: `#!/bin/sh\nls -ln ${path}`, args: [], environment: TEST_ENVIRONMENT, sourceDate };
  return evaluateScript(run, tree, new Map([['ls', ls]]));
}

describe.skipIf(!HAS_DASH)('ls -l of a file and emulated, when now is the source date', () => {
  it.each([-1, -9, -100, -182, -183, -300, -3000, 5])('%d days from now', (days) => {
    const now = Math.floor(Date.now() / 1000);
    const mtime = now + days * DAY;
    const directory = mkdtempSync(join(tmpdir(), 'suture-ls-'));
    try {
      const path = join(directory, 'file');
      writeFileSync(path, Buffer.alloc(1234), { mode: 0o640 });
      utimesSync(path, mtime, mtime);
      expect(emulatedListing(path, mtime, now)).toMatchObject({ kind: 'completed', stdout: realListing(path) });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
