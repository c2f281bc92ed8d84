import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/ports.ts';
import { silent } from '../../src/core/progress.ts';
import type { MutableTree } from '../../src/oci/tree/types.ts';
import { apkFamily } from '../../src/packages/apk/family.ts';
import { makeSigningKey } from '../../src/packages/apk/testing/build-package.ts';
import { buildRepository } from '../../src/packages/apk/testing/build-repository.ts';
import { APK_SCENARIOS, type ApkScenario } from './apk-scenarios.ts';
import { AllowList } from './support/allow-list.ts';
import { offlineHttp } from './support/apk-http.ts';
import { unpackImage } from './support/apk-image.ts';
import { rebuildPackages } from './support/apk-rebuild.ts';
import { compareListings } from './support/compare.ts';
import { listTree } from './support/listing.ts';
import { packDirectory, treeOfTar } from './support/tar-tree.ts';
import { writeTree } from './support/written-tree.ts';

const SOURCE_DATE = 1_700_000_000;
/** Scenarios whose result apk itself is asked about. */
const CHECKED: ReadonlySet<string> = new Set([
  'config file: edited',
  'files: modes, setuid, owners by name and by number',
  'files: hard links',
  'packages: a new dependency, versioned provides',
  'packages: a file moves between two that are both upgraded',
  'scripts: before and after, old ones never',
  'triggers: of an upgraded package',
]);
const WITHOUT_APK = 'packages: several, in the order of their dependencies';
const IMAGES = ['alpine-310', 'alpine-311'] as const;
const images = fileURLToPath(new URL('../../../shared/fixtures/images', import.meta.url));
const allowed = AllowList.read(new URL('./apk-allow-list.txt', import.meta.url));
const key = makeSigningKey('tester@example.org-1.rsa.pub');

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root (chroot)';
  return IMAGES.every((name) => existsSync(join(images, `${name}.tar.gz`)))
    ? undefined
    : 'needs the shared Alpine images';
}

const reason = missing();

describe.skipIf(reason !== undefined)(
  `apk upgrade and ours end alike${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let work = '';
    beforeAll(() => {
      work = mkdtempSync(join(tmpdir(), 'suture-apk-'));
      for (const image of IMAGES) unpackImage(join(images, `${image}.tar.gz`), join(work, image));
    });
    afterAll(() => rmSync(work, { recursive: true, force: true }));

    describe.each(IMAGES)('%s', (image) => {
      it('every package of the image anew, with its own scripts and triggers', { timeout: 60_000 }, async () => {
        const directory = mkdtempSync(join(work, 'rebuilt-'));
        const offered = rebuildPackages(join(work, image));
        await compare(join(work, image), directory, { name: 'rebuilt', installed: [], offered });
      });

      it.each(scenariosFor(image))('$name', { timeout: 60_000 }, async (scenario) => {
        const directory = mkdtempSync(join(work, 'scenario-'));
        try {
          await compare(join(work, image), directory, scenario);
        } finally {
          rmSync(directory, { recursive: true, force: true });
        }
      });
    });
  },
);

/** The older image has the same apk: there packages, scripts and triggers suffice. */
function scenariosFor(image: string): readonly ApkScenario[] {
  return image === 'alpine-311'
    ? APK_SCENARIOS
    : APK_SCENARIOS.filter(({ name }) => !/^(?:config|files|directories)/.test(name));
}

async function compare(image: string, directory: string, scenario: ApkScenario): Promise<void> {
  const root = join(directory, 'root');
  execFileSync('cp', ['-a', image, root]);
  prepare(root, scenario);
  packDirectory(root, join(directory, 'before.tar'));
  const start = Math.floor(Date.now() / 1000);
  apk(root, 'upgrade', '--no-self-upgrade');
  const clocks = { start, end: Math.ceil(Date.now() / 1000), sourceDate: SOURCE_DATE };
  packDirectory(root, join(directory, 'after.tar'));

  const tree = await treeOfTar(join(directory, 'before.tar'));
  const before = textOf(tree, 'installed');
  await upgrade(tree, join(directory, 'cache'));
  expect(textOf(tree, 'installed')).not.toBe(before);
  const real = await treeOfTar(join(directory, 'after.tar'));
  expect(textOf(tree, 'installed')).toBe(textOf(real, 'installed'));
  expect(withoutTimes(tree)).toBe(withoutTimes(real));
  expect(compareListings(listTree(real), listTree(tree), clocks, allowed)).toEqual([]);
  if (CHECKED.has(scenario.name)) await compareVerdicts(directory, tree);
  if (scenario.name === WITHOUT_APK) await compareWithoutApk(directory, real);
}

/** An image whose apk was taken out (distroless) ends with the same database. */
async function compareWithoutApk(directory: string, real: MutableTree): Promise<void> {
  const tree = await treeOfTar(join(directory, 'before.tar'));
  tree.remove('/sbin/apk');
  tree.removeAll('/var/cache');
  await upgrade(tree, join(directory, 'cache'));
  for (const name of ['installed', 'triggers']) expect(textOf(tree, name)).toBe(textOf(real, name));
  expect(withoutTimes(tree)).toBe(withoutTimes(real));
}

/** The image with the scenario's packages, all files dated before the upgrade. */
function prepare(root: string, { installed, edit, offered }: ApkScenario): void {
  writeFileSync(join(root, 'etc/apk/keys', key.name), key.publicKey);
  buildRepository(join(root, 'repo/first'), installed, key);
  buildRepository(join(root, 'repo/second'), offered, key);
  // Scripts write to it; in a running container it is there.
  execFileSync('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  writeFileSync(join(root, 'etc/apk/repositories'), '/repo/first\n');
  apk(root, 'add', ...installed.map(({ name }) => name));
  if (edit !== undefined) execFileSync('sh', ['-ec', edit], { cwd: root, stdio: 'pipe' });
  writeFileSync(join(root, 'etc/apk/repositories'), '/repo/second\n');
  execFileSync('sh', ['-ec', 'find . -xdev -newermt @1650000000 -exec touch -h -d @1650000000 {} +'], { cwd: root });
}

/** What apk says of its own result, and of ours written to disk as a container runtime would. */
async function compareVerdicts(directory: string, tree: MutableTree): Promise<void> {
  const ours = join(directory, 'ours');
  mkdirSync(ours);
  await writeTree(join(directory, 'before.tar'), tree, ours, SOURCE_DATE);
  expect(apk(ours, 'audit')).toBe(apk(join(directory, 'root'), 'audit'));
  expect(apk(ours, 'fix', '--simulate')).toMatch(/^OK: /);
  expect(apk(ours, 'upgrade', '--simulate')).toMatch(/^OK: /);
  expect(apk(ours, 'info', '-v')).toBe(apk(join(directory, 'root'), 'info', '-v'));
}

async function upgrade(tree: MutableTree, cacheDirectory: string): Promise<void> {
  const database = apkFamily.open(tree);
  const repositories = await database.openRepositories({
    ...{ http: offlineHttp, cacheDirectory, clock: systemClock, progress: silent },
    ...{ redirects: [], keyrings: [], offline: true },
  });
  expect(repositories.unusable).toEqual([]);
  const { steps } = await repositories.resolve({ scope: 'all' }, new Map());
  const fetched = await Promise.all(
    steps.map(async (step) => ({ step, file: await repositories.fetchToFile(step.file) })),
  );
  const outcome = await database.install(tree, fetched, { sourceDate: SOURCE_DATE, progress: silent });
  expect(outcome).toMatchObject({ kind: 'installed' });
}

function textOf(tree: MutableTree, name: string): string | undefined {
  return tree.readText(`/lib/apk/db/${name}`);
}

/** scripts.tar with the times and, since they cover those, the checksums of its headers blanked. */
function withoutTimes(tree: MutableTree): string {
  const bytes = Buffer.from(tree.readFile('/lib/apk/db/scripts.tar'));
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    bytes.fill(0, at + 136, at + 156);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return bytes.toString('latin1');
}

function apk(root: string, ...args: readonly string[]): string {
  return execFileSync('chroot', [root, '/sbin/apk', '--no-network', ...args], { encoding: 'utf8', stdio: 'pipe' });
}
