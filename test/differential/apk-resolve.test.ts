import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSegment, readSignedFile } from '../../src/packages/apk/archive/segments.ts';
import { parseWorld } from '../../src/packages/apk/database/configuration.ts';
import { parseInstalled } from '../../src/packages/apk/database/installed.ts';
import { parseIndex } from '../../src/packages/apk/repository/index-entry.ts';
import { parseDependency } from '../../src/packages/apk/resolve/dependency.ts';
import { resolveApks } from '../../src/packages/apk/resolve/resolve.ts';
import { unpackImage } from './support/apk-image.ts';

/** Two real images resolved against a real index of a release five years younger, by the resolver and by `apk upgrade`. */
const shared = fileURLToPath(new URL('../../../shared/fixtures', import.meta.url));
const index = join(shared, 'apk/alpine-316/APKINDEX.tar.gz');
const isRoot = process.getuid?.() === 0;
const reason = !isRoot ? 'needs root (chroot)' : existsSync(index) ? undefined : 'needs the shared fixtures';

/**
 * apk-tools of that release needs ca-certificates-bundle, for which apk purges the package of the old name. We never remove
 * packages, so both stay pending.
 */
const NEEDS_REMOVAL = ['apk-tools', 'ca-certificates-bundle'];

describe.skipIf(reason !== undefined)(
  `apk upgrade --simulate and ours decide alike${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let work = '';
    beforeAll(() => {
      work = mkdtempSync(join(tmpdir(), 'suture-apk-resolve-'));
    });
    afterAll(() => rmSync(work, { recursive: true, force: true }));

    it.each(['alpine-310', 'alpine-311'])('%s', { timeout: 60_000 }, (image) => {
      const root = join(work, image);
      unpackImage(join(shared, `images/${image}.tar.gz`), root);
      const { changes, pending } = decide(root);
      expect(changes.map(({ to, from }) => `${to.name} ${from?.version ?? ''} ${to.version}`)).toEqual(simulate(root));
      expect(pending).toMatchObject([{ name: 'apk-tools', reason: 'conflict' }]);
    });
  },
);

function decide(root: string) {
  const text = (path: string) => readFileSync(join(root, path), 'latin1');
  const { rest } = readSignedFile(readFileSync(index), 1e9, 'index');
  const entries = rest.flatMap(({ content }) => readSegment(content, 'index')).find(({ name }) => name === 'APKINDEX');
  const offers = parseIndex(entries?.data ?? new Uint8Array(), 'index').map((entry) => ({ entry, repository: 'main' }));
  const installed = parseInstalled(text('lib/apk/db/installed'), 'installed');
  const world = parseWorld(text('etc/apk/world')).map(parseDependency);
  return resolveApks({ installed, world, offers }, { scope: 'all' }, new Map());
}

/** Lines of `name from to` in apk's order. The index is signed by a key that is younger than the image. */
function simulate(root: string): readonly string[] {
  mkdirSync(join(root, 'repo/x86_64'), { recursive: true });
  copyFileSync(index, join(root, 'repo/x86_64/APKINDEX.tar.gz'));
  writeFileSync(join(root, 'etc/apk/repositories'), '/repo\n');
  const options = ['--allow-untrusted', '--no-network', 'upgrade', '--simulate', '--no-self-upgrade'];
  const output = execFileSync('chroot', [root, '/sbin/apk', ...options], { encoding: 'utf8', stdio: 'pipe' });
  return [...output.matchAll(/(?:Upgrading|Installing) (\S+) \((?:(\S+) -> )?(\S+)\)/g)]
    .filter(([, name = '']) => !NEEDS_REMOVAL.includes(name))
    .map(([, name, from = '', to]) => `${name} ${from} ${to}`);
}
