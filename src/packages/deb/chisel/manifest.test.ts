import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readChiselManifest } from './manifest.ts';

const HAS_ZSTD = spawnSync('zstd', ['--version']).status === 0;
const HASH = 'ab'.repeat(32);

/** As chisel writes it: sorted lines below a header that counts itself. */
function wall(
  lines: readonly object[],
  header: object = { jsonwall: '1.0', schema: '1.0', count: lines.length + 1 },
): string {
  return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** With the zstd of this machine (Debian package zstd). */
function compressed(text: string | Uint8Array): Buffer {
  return spawnSync('zstd', ['-q', '-c'], { input: text }).stdout;
}

const LINES = [
  { kind: 'content', slice: 'libc6_libs', path: '/usr/lib/x86_64-linux-gnu/libc.so.6' },
  { kind: 'package', name: 'base-files', version: '13ubuntu10.1', sha256: HASH, arch: 'amd64' },
  { kind: 'package', name: 'libc6', version: '2.39-0ubuntu8.3', sha512: 'ff', arch: 'amd64' },
  {
    kind: 'path',
    path: '/etc/os-release',
    mode: '0777',
    slices: ['base-files_release-info'],
    link: '../usr/lib/os-release',
  },
  { kind: 'slice', name: 'libc6_libs' },
];

describe.skipIf(!HAS_ZSTD)('readChiselManifest (needs zstd)', () => {
  it('gives the packages', () => {
    expect(readChiselManifest(compressed(wall(LINES)), 'manifest')).toEqual([
      { name: 'base-files', version: '13ubuntu10.1', architecture: 'amd64', digest: `sha256:${HASH}` },
      { name: 'libc6', version: '2.39-0ubuntu8.3', architecture: 'amd64' },
    ]);
  });

  it.each([
    ['no zstd', Buffer.from(wall(LINES))],
    ['cut short', compressed(wall(LINES)).subarray(0, 60)],
    ['empty', Buffer.alloc(0)],
    ['another schema', compressed(wall(LINES, { jsonwall: '1.0', schema: '2.0' }))],
    ['no header', compressed(wall(LINES.slice(1), { kind: 'package' }))],
    ['a line missing', compressed(wall(LINES.slice(1), { jsonwall: '1.0', schema: '1.0', count: 6 }))],
    ['a line that is not JSON', compressed(`${wall([])}{"kind":\n`)],
    ['a package without a version', compressed(wall([{ kind: 'package', name: 'a' }]))],
    ['a package with an unsafe name', compressed(wall([{ kind: 'package', name: '../a', version: '1' }]))],
    ['text that is not UTF-8', compressed(Buffer.from([0xff, 0xfe]))],
  ])('refuses a manifest with %s', (_what, bytes) => {
    expect(() => readChiselManifest(bytes, 'manifest')).toThrow(
      expect.objectContaining({ code: 'DATABASE_UNREADABLE' }),
    );
  });

  it('stops a bomb', () => {
    const bytes = compressed(Buffer.alloc(80 * 1024 * 1024));
    expect(() => readChiselManifest(bytes, 'manifest')).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  });

  it('reads or refuses any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => readChiselManifest(Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), bytes]), 'x')).toThrow(
          expect.objectContaining({ code: 'DATABASE_UNREADABLE' }),
        );
      }),
    );
  });
});
