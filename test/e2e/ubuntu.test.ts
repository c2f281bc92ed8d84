import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { TestArchive } from './support/archive.ts';
import type { MadePackage } from './support/deb.ts';
import type { Files } from './support/files.ts';
import { load, treeOf } from './support/layouts.ts';
import { notes } from './support/packages.ts';
import type { Finished } from './support/program.ts';
import { type PlanResult, patched, result, World } from './support/world.ts';

const DATE = 'Mon, 03 Mar 2025 10:00:00 UTC';
const ARCHIVE = 'http://archive.example.org/ubuntu';
const ESM = 'https://esm.example.org/apps/ubuntu';
const PASSWORD = 'pa55-that-must-not-show';
const ESM_VERSION = '1.0-1ubuntu0.1+esm1';
/** By this machine ID apt draws 8 for notes 2.1. */
const MACHINE_ID = '0123456789abcdef0123456789abcdef\n';

const OS_RELEASE =
  'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n';

let world: World;
let esm: TestArchive;
beforeAll(async () => {
  world = await World.open();
  esm = await TestArchive.start();
});
afterAll(async () => {
  await esm.stop();
  await world.close();
});

beforeEach(async () => {
  world.cache = world.path('cache');
  world.archive.files.clear();
  const compression = 'zstd';
  await world.archive.publish(
    { suite: 'noble', date: DATE, compression, packages: [plugin('1.0-1'), notes('2.0')] },
    { suite: 'noble-updates', date: DATE, compression, packages: [phasedNotes(5)] },
    { suite: 'noble-security', date: DATE, compression, packages: [plugin('1.0-1ubuntu0.1')] },
  );
  esm.files.clear();
  esm.server.requests.length = 0;
  await esm.publish({ suite: 'noble-apps-security', date: DATE, compression, packages: [plugin(ESM_VERSION)] });
  const expected = `Basic ${Buffer.from(`bearer:${PASSWORD}`).toString('base64')}`;
  esm.server.intercept = ({ headers }) => (headers.authorization === expected ? undefined : { status: 401 });
});

/** Ships what lies in /lib, which is /usr/lib where /usr is merged. */
function plugin(version: string, directory = '/lib'): MadePackage {
  return {
    name: 'plugin',
    version,
    files: {
      [`${directory}/greet/plugin`]: `plugin ${version}\n`,
      ...(version === '1.0-1' ? { [`${directory}/greet/old`]: 'gone in the next version\n' } : {}),
    },
  };
}

function phasedNotes(percentage: number): MadePackage {
  return { ...notes('2.1'), indexFields: `Phased-Update-Percentage: ${percentage}\n` };
}

/** With deb822 sources only, as current images have them. */
function image(files: Files = {}, merged = true): Promise<string> {
  const stanza = (uri: string, suites: string, key: string) =>
    `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\nSigned-By: /usr/share/keyrings/${key}.gpg\n`;
  const paths = ['/.', '/lib', '/lib/greet', '/lib/greet/old', '/lib/greet/plugin'];
  return world.layout({
    packages: [plugin('1.0-1', merged ? '/usr/lib' : '/lib'), notes('2.0')],
    files: {
      '/usr/lib/os-release': OS_RELEASE,
      '/etc/debian_version': 'trixie/sid\n',
      '/etc/apt/sources.list': '# see sources.list.d\n',
      '/etc/apt/sources.list.d/ubuntu.sources': stanza(ARCHIVE, 'noble noble-updates noble-security', 'example'),
      '/etc/apt/sources.list.d/esm.sources': stanza(ESM, 'noble-apps-security', 'esm'),
      '/usr/share/keyrings/esm.gpg': Buffer.from(esm.keyring).toString('latin1'),
      '/var/lib/dpkg/info/plugin.list': paths.map((path) => `${path}\n`).join(''),
      ...(merged ? { '/lib': { link: 'usr/lib' } } : {}),
      ...files,
    },
  });
}

const MIRRORS = () => ['--mirror', `${ARCHIVE}=${world.archive.url}`, '--mirror', `${ESM}=${esm.url}`];

function run(command: 'plan' | 'patch', layout: string, ...args: readonly string[]): Promise<Finished> {
  return world.call([command, '--output', 'json', ...MIRRORS(), ...args, `${layout}:1`]);
}

/** A file for --apt-auth. */
function authFile(entry: string): string {
  const path = world.path('auth.conf');
  writeFileSync(path, `${entry}\n`);
  return path;
}

/** With the scheme, as the test's repository is not encrypted. */
const entry = () => `machine ${esm.url} login bearer password ${PASSWORD}`;

/** A report that wants what only ESM has. */
function esmReport(): string {
  const path = world.path('report.json');
  const found = {
    VulnerabilityID: 'CVE-2025-7',
    PkgName: 'plugin',
    InstalledVersion: '1.0-1',
    FixedVersion: ESM_VERSION,
  };
  const findings = [{ ...found, PkgID: 'plugin@1.0-1', Severity: 'HIGH', Status: 'fixed' }];
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };
  const document = {
    SchemaVersion: 2,
    ArtifactName: 'app',
    ArtifactType: 'container_image',
    Metadata: { OS: { Family: 'ubuntu', Name: '24.04' }, ImageConfig: config },
    Results: [{ Target: 'app (ubuntu 24.04)', Class: 'os-pkgs', Type: 'ubuntu', Vulnerabilities: findings }],
  };
  writeFileSync(path, JSON.stringify(document));
  return path;
}

it.each([
  ['merged', true],
  ['not merged', false],
])('patches with packages compressed by zstd where /usr is %s', async (_name, merged) => {
  const layout = await image({ '/etc/apt/sources.list.d/esm.sources': '' }, merged);
  const { plan, digest } = patched(await run('patch', layout, '--tag', 'new'));
  expect(plan.steps.map(({ name, to }) => `${name} ${to}`)).toEqual(['plugin 1.0-1ubuntu0.1']);
  expect(plan.os.id).toBe('ubuntu');
  const tree = await treeOf(await load(`${layout}:new`), join(world.directory, 'reading'));
  expect(tree.readText('/lib/greet/plugin')).toBe('plugin 1.0-1ubuntu0.1\n');
  expect(tree.lstat('/lib')?.type).toBe(merged ? 'symlink' : 'directory');
  expect(tree.stat('/usr/lib/greet/plugin') !== undefined).toBe(merged);
  expect(tree.lstat('/lib/greet/old')).toBeUndefined();
  const again = await world.call(['patch', '--output', 'json', ...MIRRORS(), '--dry-run', `${layout}:1`], {
    cache: world.path('cache'),
  });
  expect(patched(again).digest).toBe(digest);
});

it('holds a phased update back by the machine ID of the image, unless it is asked for', async () => {
  const without = await image({ '/etc/apt/sources.list.d/esm.sources': '' });
  const all = result<PlanResult>(await run('plan', without, '--scope', 'all'));
  expect(all.plan.steps.map(({ name }) => name)).toEqual(['notes', 'plugin']);
  const layout = await image({ '/etc/apt/sources.list.d/esm.sources': '', '/etc/machine-id': MACHINE_ID });
  const { plan } = result<PlanResult>(await run('plan', layout, '--scope', 'all'), 3);
  expect(plan.steps.map(({ name }) => name)).toEqual(['plugin']);
  const [{ detail, ...pending } = { detail: '' }] = plan.pending;
  expect(pending).toEqual({ name: 'notes', architecture: 'all', from: '2.0', to: '2.1', reason: 'phased' });
  expect(detail).toMatch(/^the update is phased, given to 5 % of machines so far, .*\(\d+ of 100\)$/);
  const asked = await run('plan', layout, '--scope', 'all', '--only-packages', 'notes');
  expect(result<PlanResult>(asked).plan.steps.map(({ name }) => name)).toEqual(['notes']);
});

it('says of a fix that only ESM has that it is, and what the repository needs', async () => {
  const layout = await image();
  const { plan } = result<PlanResult>(await run('plan', layout, '--report', esmReport()), 3);
  expect(plan.steps).toEqual([]);
  expect(plan.pending).toMatchObject([{ name: 'plugin', to: ESM_VERSION, reason: 'esm-only' }]);
  expect(plan.pending[0]?.detail).toContain('Ubuntu Pro');
  expect(plan.pending[0]?.detail).toContain('CVE-2025-7');
  expect(plan.unusable).toMatchObject([{ id: `${ESM} noble-apps-security main` }]);
  expect(plan.unusable[0]?.reason).toContain('needs credentials');
});

it.each([
  ['of this machine', 'machine'],
  ['in the image', 'image'],
])('takes a fix from ESM with credentials %s, which show nowhere', async (_name, where) => {
  const layout = await image(
    where === 'image' ? { '/etc/apt/auth.conf.d/90ubuntu-advantage.conf': `${entry()}\n` } : {},
  );
  const args = ['--tag', 'new', '--verbose', '--report', esmReport()];
  const auth = where === 'machine' ? ['--apt-auth', authFile(entry())] : [];
  const finished = await run('patch', layout, ...args, ...auth);
  const { plan } = patched(finished);
  expect(plan.steps.map(({ to }) => to)).toEqual([ESM_VERSION]);
  expect(plan.repositories.find(({ suite }) => suite === 'noble-apps-security')?.isSecurity).toBe(true);
  const secrets = [PASSWORD, Buffer.from(`bearer:${PASSWORD}`).toString('base64')];
  const texts = [
    finished.stdout,
    finished.stderr,
    ...filesBelow(world.cache).map((path) => readFileSync(path, 'latin1')),
  ];
  // The layers of the image that has them are in the cache as they are.
  if (where === 'machine')
    texts.push(...filesBelow(layout.slice('oci:'.length)).map((path) => readFileSync(path, 'latin1')));
  else texts.splice(2);
  for (const secret of secrets) for (const text of texts) expect(text.includes(secret)).toBe(false);
});

it('does not send credentials unencrypted that do not say so, and tells refused ones apart', async () => {
  const layout = await image();
  const { hostname } = new URL(esm.url);
  const withheld = await run(
    'plan',
    layout,
    '--apt-auth',
    authFile(`machine ${hostname} login bearer password ${PASSWORD}`),
  );
  expect(esm.server.requests.length).toBeGreaterThan(0);
  expect(esm.server.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
  expect(result<PlanResult>(withheld, 3).plan.unusable[0]?.reason).toContain('are not sent unencrypted');
  const wrong = await run('plan', layout, '--apt-auth', authFile(`machine ${esm.url} login bearer password wrong-one`));
  const { plan } = result<PlanResult>(wrong, 3);
  expect(plan.unusable[0]?.reason).toContain('are refused');
  expect(wrong.stdout + wrong.stderr).not.toContain('wrong-one');
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}
