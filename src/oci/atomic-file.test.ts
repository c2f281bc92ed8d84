import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBytes } from '../core/streams.ts';
import { writeFileAtomically } from './atomic-file.ts';

const content = (text: string) => fromBytes(Buffer.from(text));

describe('writing a file', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'suture-atomic-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('replaces it as a whole, and leaves nothing beside it', async () => {
    const path = join(directory, 'file');
    await writeFileAtomically(path, content('old'));
    await writeFileAtomically(path, content('new'));
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(directory)).toEqual(['file']);
  });

  it.skipIf(spawnSync('mkfifo', ['--version']).error !== undefined)(
    'writes into a pipe or a device instead of putting a file in its place',
    async () => {
      const path = join(directory, 'pipe');
      execFileSync('mkfifo', [path]);
      const read = readFile(path, 'utf8');
      await writeFileAtomically(path, content('through the pipe'));
      expect(await read).toBe('through the pipe');
      expect(lstatSync(path).isFIFO()).toBe(true);
    },
  );
});
