import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../../core/errors/error.ts';
import { buildApk, makeSigningKey } from '../testing/build-package.ts';
import { splitGzipMembers } from './gzip-members.ts';
import { readApk } from './open.ts';
import { checkSignatures, parseTrustedKey } from './signature.ts';

const key = makeSigningKey('tester@example.org-1.rsa.pub');
const built = buildApk(
  {
    name: 'demo',
    version: '1.2-r3',
    scripts: { trigger: '#!/bin/sh\n', 'pre-upgrade': '#!/bin/sh\nexit 0\n' },
    replaces: ['other<2'],
    triggers: ['/bin', '/usr/*'],
    members: [
      { name: 'usr/bin/demo', content: 'program', mode: 0o4755 },
      { name: 'usr/bin/link', type: 'symlink', target: 'demo' },
      { name: 'usr/bin/hard', type: 'hardlink', target: 'usr/bin/demo' },
      { name: 'usr/share/.keep_me', content: '' },
      {
        name: 'usr/bin/cap',
        content: 'x',
        xattrs: { 'security.capability': Uint8Array.from([1, 0, 0, 2, 0x81, 0xff]) },
      },
    ],
  },
  key,
);

const fixtures = fileURLToPath(new URL('../../../../../shared/fixtures/apk', import.meta.url));

describe('readApk', () => {
  it('reads scripts, metadata and members', () => {
    const apk = readApk(built.bytes, 'demo.apk', { identity: built.identity });
    expect(apk.info).toMatchObject({
      name: 'demo',
      version: '1.2-r3',
      replaces: ['other<2'],
      triggers: ['/bin', '/usr/*'],
    });
    expect([...apk.scripts.keys()]).toEqual(['pre-upgrade', 'trigger']);
    expect(apk.members.map(({ type, path }) => `${type} ${path}`)).toEqual([
      'directory usr',
      'directory usr/bin',
      'file usr/bin/demo',
      'symlink usr/bin/link',
      'hardlink usr/bin/hard',
      'directory usr/share',
      'file usr/bin/cap',
    ]);
    expect(apk.members[2]).toMatchObject({ mode: 0o4755, uname: 'root', checksum: 'Q1gdmu6g4aQI1ltmYKF2xd6D3Jjns=' });
    expect(apk.members.at(-1)?.xattrs.get('security.capability')).toEqual(Uint8Array.from([1, 0, 0, 2, 0x81, 0xff]));
  });

  it('proves the signature over the control segment', () => {
    const apk = readApk(built.bytes, 'demo.apk');
    const trusted = parseTrustedKey(key.name, key.publicKey);
    const foreign = parseTrustedKey(key.name, makeSigningKey('x').publicKey);
    if (trusted === undefined || foreign === undefined) throw new Error('the keys cannot be read');
    expect(checkSignatures(apk.signatures, apk.control, [trusted])).toEqual({ kind: 'valid', keyName: key.name });
    expect(checkSignatures(apk.signatures, apk.control, [foreign])).toMatchObject({ kind: 'untrusted' });
    expect(checkSignatures(apk.signatures, apk.control, [])).toMatchObject({ kind: 'untrusted' });
  });

  it('refuses another package than the index names', () => {
    const other = buildApk({ name: 'demo', version: '1.2-r3', members: [{ name: 'a', content: 'evil' }] }, key);
    expect(() => readApk(other.bytes, 'demo.apk', { identity: built.identity })).toThrow(/identity/);
  });

  it('refuses a flipped bit anywhere but in its own signature segment', () => {
    const range = fc.integer({ min: built.segments.control, max: built.bytes.length - 1 });
    fc.assert(
      fc.property(range, fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const damaged = Buffer.from(built.bytes);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        expect(() => readApk(damaged, 'demo.apk', { identity: built.identity })).toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what is cut off, and what follows', () => {
    for (const bytes of [
      built.bytes.subarray(0, -1),
      Buffer.concat([built.bytes, Buffer.from('x')]),
      Buffer.alloc(0),
    ]) {
      expect(() => readApk(bytes, 'demo.apk')).toThrow(/truncated|follows|empty/);
    }
  });

  it('names the v3 format', () => {
    expect(() => readApk(Buffer.from('ADBd....'), 'new.apk')).toThrow(/apk v3/);
  });

  it.each(['/etc/passwd', '../x', 'a/../../x', 'a/./b', 'a\nb', 'a//b'])('refuses the name %j', (name) => {
    const evil = buildApk({ name: 'evil', version: '1', members: [{ name, content: '' }] }, key);
    expect(() => readApk(evil.bytes, 'evil.apk')).toThrow(/unsafe name/);
  });

  it.skipIf(!existsSync(fixtures))('reads the real packages of ../shared', () => {
    const layout = readFileSync(`${fixtures}/alpine-317/alpine-baselayout-3.2.0-r23.apk`);
    const apk = readApk(layout, 'alpine-baselayout.apk', { identity: 'Q1LLq2qDNrS/qRnhxQ3hsY/sHbQnc=' });
    expect(apk.members.length).toBeGreaterThan(80);
    expect(apk.info.version).toBe('3.2.0-r23');
    const hello = readApk(readFileSync(`${fixtures}/hello-wolfi-2.12.1-r0.apk`), 'hello.apk');
    expect(hello.members.some(({ path }) => path === 'usr/bin/hello')).toBe(true);
  });
});

describe('splitGzipMembers', () => {
  it('finds every border', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 5 }), (contents) => {
        const packed = contents.map((content) => gzipSync(content));
        const members = splitGzipMembers(Buffer.concat(packed), 1e6, 'test');
        expect(members.map(({ content }) => Uint8Array.from(content))).toEqual(contents);
        expect(members.map(({ size }) => size)).toEqual(packed.map(({ length }) => length));
      }),
    );
  });

  it('stops at the limit', () => {
    try {
      splitGzipMembers(gzipSync(Buffer.alloc(100_000)), 1000, 'bomb');
      expect.unreachable();
    } catch (error) {
      expect(isSutureError(error, 'LIMIT_EXCEEDED')).toBe(true);
    }
  });
});
