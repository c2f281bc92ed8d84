import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../core/digest.ts';
import {
  base,
  cache,
  code,
  DATE,
  gpg,
  image,
  keys,
  open,
  PACKAGES,
  type Published,
  publish,
  SIGNED_AT,
  server,
  useTestArchive,
} from './testing/archive.ts';
import { hasProgram } from './testing/gpg.ts';
import { memoryTree } from './testing/memory-tree.ts';
import { buildRepository } from './testing/repository.ts';

describe.skipIf(!hasProgram('gpg'))('signatures of repositories (needs Debian package gnupg)', () => {
  useTestArchive();

  it('accepts RSA, and one known signature of several', async () => {
    publish({ signers: [keys.other, keys.rsa] });
    const { repositories } = await open(image(undefined, [keys.rsa]));
    expect(repositories[0]?.signedBy).toEqual([keys.rsa]);
  });

  it('accepts Release with Release.gpg', async () => {
    publish();
    const built = buildRepository({ suite: 'stable', date: DATE }, PACKAGES, server.files);
    server.files.delete('dists/stable/InRelease');
    server.files.set('dists/stable/Release', Buffer.from(built.release));
    server.files.set('dists/stable/Release.gpg', gpg.detachSign(built.release, [keys.rsa], SIGNED_AT));
    const { repositories } = await open(image(undefined, [keys.rsa]));
    expect(repositories[0]).toMatchObject({ signedBy: [keys.rsa], digest: sha256(built.release) });
    expect((await open(image(undefined, [keys.rsa]), { offline: true })).repositories).toEqual(repositories);
    server.files.set('dists/stable/Release', Buffer.from(built.release.replace('Example', 'Exemple')));
    await expect(open(image(undefined, [keys.rsa]))).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
  });

  it.each([
    ['a key that is not in the keyring', () => ({ signers: [keys.other] }), () => [keys.ed25519], /not trusted here/],
    ['RSA of 1024 bits', () => ({ signers: [keys.weak] }), () => [keys.weak], /2048 bits/],
    [
      'an SHA-1 digest',
      () => ({ signers: [keys.rsa], options: ['--digest-algo', 'SHA1', '--allow-weak-digest-algos'] }),
      () => [keys.rsa],
      /Insecure message hash algorithm/,
    ],
    ['a signature from the future', () => ({ signedAt: '20260302T100500' }), () => [keys.ed25519], /future/],
  ] satisfies [string, () => Published, () => string[], RegExp][])(
    'refuses %s',
    async (_what, published, trusted, reason) => {
      publish(published());
      const failure = open(image(undefined, trusted()));
      await expect(failure).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
      await expect(failure).rejects.toThrow(reason);
    },
  );

  it('refuses a key that had expired when it signed, and accepts it for what it signed before', async () => {
    // GnuPG does not sign with an expired key, so the expiry is set afterwards, by a self-signature from before.
    publish({ signers: [keys.expired] });
    gpg.setExpiry(keys.expired, '10d', '20260120T000000');
    const failure = open(image(undefined, [keys.expired]));
    await expect(failure).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
    await expect(failure).rejects.toThrow(/expired/i);
    publish({ signers: [keys.expired], signedAt: '20260125T000000' });
    expect((await open(image(undefined, [keys.expired]))).repositories).toHaveLength(1);
  });

  it('refuses a revoked key', async () => {
    publish({ signers: [keys.revoked] });
    await open(image(undefined, [keys.revoked]));
    gpg.revoke(keys.revoked, '20260301T110000');
    const failure = open(image(undefined, [keys.revoked]), { cacheDirectory: join(cache, 'fresh') });
    await expect(failure).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
    await expect(failure).rejects.toThrow(/revoked/);
  });

  it('refuses unsigned repositories', async () => {
    const built = buildRepository({ suite: 'stable', date: DATE }, PACKAGES, server.files);
    server.files.set('dists/stable/InRelease', Buffer.from(built.release));
    await expect(open()).rejects.toThrow(code('REPOSITORY_UNSIGNED'));
    server.files.delete('dists/stable/InRelease');
    server.files.set('dists/stable/Release', Buffer.from(built.release));
    await expect(open()).rejects.toThrow(code('REPOSITORY_UNSIGNED'));
  });

  it.each([
    ['before', (text: string) => `Suite: evil\n${text}`],
    ['after', (text: string) => `${text}Suite: evil\n`],
    ['in the armor headers', (text: string) => text.replace(/^Hash:/m, 'Suite: evil\nHash:')],
    ['in the signed part', (text: string) => text.replace('Origin: Example', 'Origin: Evil')],
    ['as an unescaped dash line', (text: string) => text.replace('Origin:', '-----\nOrigin:')],
  ])('refuses text that is not signed %s', async (_where, change) => {
    publish();
    const text = Buffer.from(server.files.get('dists/stable/InRelease') ?? '').toString('latin1');
    server.files.set('dists/stable/InRelease', Buffer.from(change(text), 'latin1'));
    await expect(open()).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
  });

  it('restricts keys by fingerprint: a primary key stands for its subkeys unless marked with "!"', async () => {
    publish({ signers: [keys.subkey] });
    const withFingerprint = (fingerprint: string) =>
      memoryTree({
        '/etc/apt/sources.list': `deb [signed-by=${fingerprint}] ${base} stable main\n`,
        '/etc/apt/trusted.gpg.d/all.asc': gpg.exported([keys.rsa, keys.primary], true),
      });
    expect((await open(withFingerprint(keys.primary))).repositories[0]?.signedBy).toEqual([keys.subkey]);
    expect((await open(withFingerprint(`${keys.subkey}!`))).repositories).toHaveLength(1);
    await expect(open(withFingerprint(`${keys.primary}!`))).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
    await expect(open(withFingerprint(keys.rsa))).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
  });

  it('reads inline keys of deb822 sources, and trusts only the keys of the source', async () => {
    publish({ signers: [keys.rsa] });
    const block = gpg.exported([keys.rsa], true).toString().trim().split('\n');
    const folded = block.map((line) => ` ${line === '' ? '.' : line}`).join('\n');
    const stanza = `Types: deb\nURIs: ${base}\nSuites: stable\nComponents: main\nSigned-By:\n`;
    const inline = memoryTree({ '/etc/apt/sources.list.d/x.sources': `${stanza}${folded}\n` });
    expect((await open(inline)).repositories).toHaveLength(1);
    const elsewhere = memoryTree({
      '/etc/apt/sources.list.d/x.sources': `${stanza} /usr/share/keyrings/only.gpg\n`,
      '/usr/share/keyrings/only.gpg': gpg.exported([keys.other], false),
      '/etc/apt/trusted.gpg.d/all.gpg': gpg.exported([keys.rsa], false),
    });
    await expect(open(elsewhere)).rejects.toThrow(code('REPOSITORY_UNTRUSTED'));
  });

  it('never honours trusted=yes, but lists the source; a pinned key makes it usable', async () => {
    publish({ signers: [keys.other] });
    const tree = memoryTree({ '/etc/apt/sources.list': `deb [trusted=yes] ${base} stable main\n` });
    const { repositories, unusable } = await open(tree);
    expect(repositories).toEqual([]);
    expect(unusable.map(({ id }) => id)).toEqual([`${base.slice(0, -1)} stable main`]);
    expect(unusable[0]?.reason).toMatch(/pin a key/);
    const path = join(cache, 'pinned.asc');
    writeFileSync(path, gpg.exported([keys.other], true));
    expect((await open(tree, { keyrings: [{ path, for: 'stable' }] })).repositories).toHaveLength(1);
    expect((await open(tree, { keyrings: [{ path }] })).repositories).toHaveLength(1);
  });
});
