import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../core/ports.ts';
import { base, cache, clock, code, image, NOW, open, publish, server, useTestArchive } from './testing/archive.ts';
import { hasProgram } from './testing/gpg.ts';

describe.skipIf(!hasProgram('gpg'))('freshness of repositories (needs Debian package gnupg)', () => {
  useTestArchive();

  it('refuses what is past Valid-Until, also where the image says not to check, unless the caller allows that', async () => {
    publish({ release: { fields: ['Valid-Until: Sun, 01 Mar 2026 11:59:59 UTC'] } });
    await expect(open()).rejects.toThrow(code('REPOSITORY_EXPIRED'));
    const lenient = image(`deb [signed-by=/usr/share/keyrings/test.gpg check-valid-until=no] ${base} stable main`);
    await expect(open(lenient)).rejects.toThrow(code('REPOSITORY_EXPIRED'));
    expect((await open(lenient, { honourCheckValidUntilNo: true })).repositories).toHaveLength(1);
  });

  it('refuses a Date in the future beyond ten seconds', async () => {
    publish({ release: { date: 'Sun, 01 Mar 2026 12:00:11 UTC' } });
    await expect(open()).rejects.toThrow(code('REPOSITORY_EXPIRED'));
    publish({ release: { date: 'Sun, 01 Mar 2026 12:00:10 UTC' } });
    expect((await open()).repositories).toHaveLength(1);
  });

  it('refuses to go back, by what the cache has seen and by the dates that the caller gives', async () => {
    publish();
    await open();
    publish({ release: { date: 'Sun, 01 Mar 2026 09:59:59 UTC' } });
    await expect(open()).rejects.toThrow(code('REPOSITORY_ROLLED_BACK'));
    const minimumDates = new Map([[`${base.slice(0, -1)} stable main`, '2026-03-01T10:00:00.000Z']]);
    const fresh = join(cache, 'fresh');
    await expect(open(undefined, { minimumDates, cacheDirectory: fresh })).rejects.toThrow(
      code('REPOSITORY_ROLLED_BACK'),
    );
    expect((await open(undefined, { cacheDirectory: fresh })).repositories).toHaveLength(1);
  });

  it('reproduces a locked Release from the cache although the repository has moved on and time has passed', async () => {
    publish({ release: { fields: ['Valid-Until: Mon, 02 Mar 2026 00:00:00 UTC'] } });
    const first = await open();
    const lock = new Map(first.repositories.map(({ id, digest }) => [id, digest]));
    publish({ release: { date: 'Sun, 01 Mar 2026 11:00:00 UTC' }, packages: [] });
    const later: Clock = { ...clock, now: () => NOW + 30 * 86_400_000 };
    const again = await open(undefined, { lock, clock: later });
    expect(again.repositories).toEqual(first.repositories);
    expect(again.available('foo')).toEqual(first.available('foo'));
    await expect(open(undefined, { lock, cacheDirectory: join(cache, 'fresh') })).rejects.toThrow(
      code('REPOSITORY_CHANGED'),
    );
    expect((await open(undefined, { lock: new Map() })).unusable[0]?.reason).toMatch(/stored plan/);
  });

  it('lists a repository of another suite as unusable', async () => {
    publish({ release: { codename: 'trixie' } });
    server.files.set('dists/bookworm/InRelease', server.files.get('dists/stable/InRelease') ?? Buffer.alloc(0));
    const { unusable } = await open(image(`deb [signed-by=/usr/share/keyrings/test.gpg] ${base} bookworm main`));
    expect(unusable[0]?.reason).toMatch(/is of stable or trixie, not of bookworm/);
  });
});
