import { performance } from 'node:perf_hooks';
import { afterAll, describe, expect, it } from 'vitest';
import { formatRelations } from '../../src/packages/deb/control/relations.ts';
import { resolveDebs } from '../../src/packages/deb/resolve/resolve.ts';
import { clauseIsMet } from '../../src/packages/deb/resolve/violations.ts';
import { dependenciesOf, Trial, World } from '../../src/packages/deb/resolve/world.ts';
import { compareDebVersions } from '../../src/packages/deb/version/compare.ts';
import { databaseFromStatus, openMachineArchive, type Simulated } from '../support/machine-apt.ts';

/**
 * Images made of the machine's release suites, upgraded by the resolver and by `apt-get dist-upgrade`. Needs apt with the
 * lists of a Debian release and its security suite (`apt-get update` has run); nothing is downloaded or installed.
 */
const archive = openMachineArchive();

const IMAGES: Readonly<Record<string, readonly string[]>> = {
  base: ['base-files', 'bash', 'coreutils', 'apt', 'dpkg', 'tar', 'gzip', 'util-linux', 'login', 'passwd', 'perl-base'],
  web: [
    'nginx',
    'php-fpm',
    'apache2',
    'libapache2-mod-php',
    'php-mysql',
    'postgresql',
    'mariadb-server',
    'redis-server',
  ],
  build: ['build-essential', 'git', 'python3-dev', 'libssl-dev', 'libpq-dev', 'default-libmysqlclient-dev', 'cmake'],
  services: ['openssh-server', 'bind9', 'squid', 'exim4', 'samba', 'systemd', 'imagemagick', 'ffmpeg', 'tomcat10'],
};

const DIST_UPGRADE = ['dist-upgrade'];
/** apt's own way of never removing anything. */
const UPGRADE = ['upgrade', '--with-new-pkgs'];

describe.skipIf(archive === undefined)('resolveDebs and apt-get dist-upgrade agree', () => {
  afterAll(() => archive?.close());

  it('on a small image of release packages', () => {
    const status = releaseStatus(IMAGES['base'] ?? []);
    expect(upgradesOf(status)).toEqual(aptUpgrades(status, DIST_UPGRADE));
  });

  it('hold the same dependencies for met', () => {
    const database = databaseFromStatus(releaseStatus(Object.values(IMAGES).flat()));
    const trial = new Trial(new World(database));
    const matching = { native: database.architecture, compare: compareDebVersions };
    const unmet = database.packages.flatMap((installed) =>
      dependenciesOf(installed)
        .filter((clause) => !clauseIsMet(clause, database.architecture, (name) => trial.named(name), matching))
        .map((clause) => `${installed.name}: ${formatRelations([clause])}`),
    );
    expect(database.packages.length).toBeGreaterThan(300);
    expect(unmet).toEqual([]);
  });

  it('on a large image with whole sources at older versions', () => {
    const status = makeOlder(releaseStatus(Object.values(IMAGES).flat()), 3);
    const upgrades = upgradesOf(status);
    expect(upgrades.length).toBeGreaterThan(100);
    expect(upgrades).toEqual(aptUpgrades(status, DIST_UPGRADE));
  });

  it('with packages held, where dist-upgrade would remove some', () => {
    const status = holdEvery(releaseStatus(Object.values(IMAGES).flat()), 40);
    expect(upgradesOf(status)).toEqual(aptUpgrades(status, UPGRADE));
  });
});

const statuses = new Map<string, string>();

function releaseStatus(seeds: readonly string[]): string {
  const known = statuses.get(seeds.join()) ?? makeReleaseStatus(seeds);
  statuses.set(seeds.join(), known);
  return known;
}

function makeReleaseStatus(seeds: readonly string[]): string {
  if (archive === undefined) return '';
  // apt counts itself as essential, and what passwd marks Protected.
  const names = [...archive.essential, 'apt', 'passwd', ...seeds];
  const installed = archive.simulate('', ['install', '--no-install-recommends', ...names], 'release');
  const stanzas = installed.map(({ name }) => {
    const stanza = archive.stanza(name);
    if (stanza === undefined) throw new Error(`${name} has no stanza`);
    return stanza.trim().replace('\n', '\nStatus: install ok installed\n');
  });
  return `${stanzas.join('\n\n')}\n`;
}

function aptUpgrades(status: string, command: readonly string[]): readonly string[] {
  return (archive?.simulate(status, command) ?? []).map(line).sort();
}

function upgradesOf(status: string): readonly string[] {
  if (archive === undefined) return [];
  const database = databaseFromStatus(status);
  const started = performance.now();
  const { steps, pending } = resolveDebs(database, archive.repositories, { scope: 'all' });
  const elapsed = performance.now() - started;
  if (process.env['SUTURE_BENCH'] !== undefined) {
    console.log(
      `${database.packages.length} packages, ${steps.length} steps, ${pending.length} pending, ${elapsed.toFixed(0)} ms`,
    );
  }
  return steps.map(line).sort();
}

function line({ name, from, to }: Pick<Simulated, 'name' | 'from' | 'to'>): string {
  return `${name} ${from ?? '(new)'} ${to}`;
}

/** Gives every n-th source package an older version, in its binaries and in every relation that names that version. */
function makeOlder(status: string, every: number): string {
  const versions = new Map<string, string>();
  const sources = new Map<string, number>();
  const database = databaseFromStatus(status);
  for (const { name, version, source } of database.packages) {
    const number = sources.get(source.name) ?? sources.size;
    sources.set(source.name, number);
    if (number % every === 0) versions.set(name, version);
  }
  return status
    .split('\n\n')
    .map((stanza) => {
      const name = /^Package: (.*)$/m.exec(stanza)?.[1] ?? '';
      const older = versions.has(name) ? stanza.replace(/^(Version: .*)$/m, '$1~older') : stanza;
      return older.replace(
        /(?<=[ :])([a-z0-9][a-z0-9+.-]+)((?::\w+)? \((?:=|>=) )([^)]+)\)/g,
        (whole, of: string, operator: string, version: string) =>
          versions.get(of) === version ? `${of}${operator}${version}~older)` : whole,
      );
    })
    .join('\n\n');
}

function holdEvery(status: string, every: number): string {
  let index = 0;
  return status.replace(/^Status: install/gm, (text) => (index++ % every === 0 ? 'Status: hold' : text));
}
