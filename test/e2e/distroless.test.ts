import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageOf, store } from './support/base-image.ts';
import { type MadePackage, paragraph } from './support/deb.ts';
import { type Entry, type Files, makeTar } from './support/files.ts';
import { load, treeOf } from './support/layouts.ts';
import { failure, type PlanResult, patched, result, World } from './support/world.ts';

const DATE = 'Mon, 03 Mar 2025 10:00:00 UTC';
const ARCHIVE = 'http://deb.example.org/debian';

/** `name` where the base has it whole, without what images of this kind leave out. */
const library = (version: string): MadePackage => ({
  name: 'libgreet1',
  version,
  source: 'greet',
  files: {
    '/lib/x86_64-linux-gnu/libgreet.so.1.0': `library ${version}\n`,
    '/lib/x86_64-linux-gnu/libgreet.so.1': { link: 'libgreet.so.1.0' },
    ...(version === '1.0-1' ? { '/lib/x86_64-linux-gnu/libgreet-old.so': 'gone\n' } : {}),
    '/usr/share/doc/libgreet1/copyright': 'free\n',
    '/usr/share/man/man3/greet.3': `manual ${version}\n`,
  },
  control: { postinst: '#!/bin/sh\n/usr/bin/never-run\n' },
});

const pem = (name: string) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(name).toString('base64')}\n-----END CERTIFICATE-----\n`;

/** Its files are in no image of this kind: only the bundle that is made of them. */
const certificates = (version: string, names: readonly string[]): MadePackage => ({
  name: 'ca-certificates',
  version,
  architecture: 'all',
  files: Object.fromEntries(names.map((name) => [`/usr/share/ca-certificates/mozilla/${name}.crt`, pem(name)])),
  control: { postinst: '#!/bin/sh\nupdate-ca-certificates\n' },
});

interface Generation {
  readonly name: string;
  readonly merged: boolean;
  /** Names of files in status.d. */
  readonly fileName: (name: string) => string;
  readonly md5sums: boolean;
}

const GENERATIONS: readonly Generation[] = [
  {
    name: 'debian 10 and 11: names in base64',
    merged: false,
    fileName: (name) => Buffer.from(`${name}\n`).toString('base64'),
    md5sums: false,
  },
  {
    name: 'debian 11: names in base64, with md5sums',
    merged: false,
    fileName: (name) => Buffer.from(name).toString('base64'),
    md5sums: true,
  },
  { name: 'debian 12: plain names with md5sums', merged: false, fileName: (name) => name, md5sums: true },
  { name: 'debian 13: /usr merged', merged: true, fileName: (name) => name, md5sums: true },
];

const md5 = (text: string) => createHash('md5').update(Buffer.from(text, 'latin1')).digest('hex');

function md5sums({ files }: MadePackage): string {
  return Object.entries(files)
    .flatMap(([path, entry]) => (typeof entry === 'string' ? [`${md5(entry)}  ${path.slice(1)}\n`] : []))
    .sort()
    .join('');
}

let world: World;
beforeAll(async () => {
  world = await World.open();
  world.archive.files.clear();
  await world.archive.publish(
    { suite: 'bookworm', date: DATE, packages: [library('1.0-1')] },
    {
      suite: 'bookworm-security',
      date: DATE,
      packages: [library('1.0-1+deb12u1'), certificates('20250101', ['Another', 'First', 'New'])],
    },
  );
});
afterAll(() => world.close());

async function distroless({ merged, fileName, md5sums: withSums }: Generation): Promise<string> {
  const files: Record<string, Entry> = {
    '/etc/os-release': 'PRETTY_NAME="Distroless"\nNAME="Debian GNU/Linux"\nID="debian"\nVERSION_ID="12"\n',
    '/etc/debian_version': '12.5\n',
    '/etc/ssl/certs/ca-certificates.crt': pem('First') + pem('Old'),
    '/usr/share/doc/libgreet1/copyright': 'free\n',
  };
  const old = library('1.0-1');
  for (const [path, entry] of Object.entries(old.files)) {
    if (path.startsWith('/lib/')) files[merged ? `/usr${path}` : path] = entry;
  }
  if (merged) files['/lib'] = { link: 'usr/lib' };
  for (const made of [old, certificates('20230311', ['First', 'Old'])]) {
    const path = `/var/lib/dpkg/status.d/${fileName(made.name)}`;
    files[path] = `${paragraph(made)}Description: made-up ${made.name}\n`;
    if (withSums) files[`${path}.md5sums`] = md5sums(made);
  }
  const layout = `oci:${world.path('layout')}`;
  await store(imageOf([await makeTar(files as Files)], {}), `${layout}:1`);
  return layout;
}

/** Sources and keyring of this machine: the image has neither. */
function sources(): string[] {
  const keyring = world.path('archive.gpg');
  writeFileSync(keyring, world.archive.keyring);
  const file = world.path('debian.sources');
  writeFileSync(
    file,
    `Types: deb\nURIs: ${ARCHIVE}\nSuites: bookworm bookworm-security\nComponents: main\nSigned-By: ${keyring}\n`,
  );
  return ['--sources', file];
}

describe.each(GENERATIONS)('a distroless image of $name', (generation) => {
  it('is patched: files that it has, records under their names, derived data made anew', async () => {
    const layout = await distroless(generation);
    const { plan, digest } = patched(await world.patch(`${layout}:1`, [...sources(), '--tag', 'new']));
    expect(plan.steps.map(({ name, to }) => `${name} ${to}`).sort()).toEqual([
      'ca-certificates 20250101',
      'libgreet1 1.0-1+deb12u1',
    ]);
    const tree = await treeOf(await load(`${layout}:new`), join(world.directory, 'reading'));
    const lib = '/lib/x86_64-linux-gnu';
    expect(tree.readText(`${lib}/libgreet.so.1.0`)).toBe('library 1.0-1+deb12u1\n');
    expect(tree.lstat(`${lib}/libgreet.so.1`)?.target).toBe('libgreet.so.1.0');
    // Without md5sums nothing says whose a file is that the new version does not have.
    expect(tree.lstat(`${lib}/libgreet-old.so`) === undefined).toBe(generation.md5sums);
    expect(tree.lstat('/lib')?.type).toBe(generation.merged ? 'symlink' : 'directory');
    // What the image leaves out stays out, and only what is derived of the certificates is there.
    expect(tree.lstat('/usr/share/man')).toBeUndefined();
    expect(tree.lstat('/usr/share/ca-certificates')).toBeUndefined();
    expect(tree.readText('/etc/ssl/certs/ca-certificates.crt')).toBe(['Another', 'First', 'New'].map(pem).join(''));
    const record = `/var/lib/dpkg/status.d/${generation.fileName('libgreet1')}`;
    expect(tree.readText(record)).toContain('Version: 1.0-1+deb12u1\n');
    expect(tree.readText(record)).not.toContain('Status:');
    expect(tree.readText(`${record}.md5sums`)).toContain(
      `${md5('library 1.0-1+deb12u1\n')}  lib/x86_64-linux-gnu/libgreet.so.1.0`,
    );
    const names = tree.readdir('/var/lib/dpkg/status.d').filter((name) => !name.endsWith('.md5sums'));
    expect(names).toEqual(['ca-certificates', 'libgreet1'].map(generation.fileName).sort());
    expect(tree.lstat('/var/lib/dpkg/status')).toBeUndefined();
    expect(patched(await world.patch(`${layout}:1`, [...sources(), '--dry-run'])).digest).toBe(digest);
    const inventory = await world.call(['inventory', '--format', 'cyclonedx', `${layout}:new`]);
    expect(inventory.stdout).toContain('pkg:deb/debian/libgreet1@1.0-1%2Bdeb12u1');
  });
});

describe('the sources of an image that configures none', () => {
  const generation = GENERATIONS[2];
  const image = async () => `${await distroless(generation ?? missing())}:1`;

  it('must be named', async () => {
    const refused = await world.plan(await image());
    expect(failure(refused)).toEqual({ exit: 4, code: 'NO_REPOSITORY' });
    expect(refused.stdout).toContain('--sources');
    expect(failure(await world.plan(await image(), ['--sources', '/nonexistent/debian.sources']))).toMatchObject({
      code: 'FILE_UNREADABLE',
    });
  });

  it('must be signed by the keys that they name, not by any', async () => {
    const file = world.path('unsigned.list');
    writeFileSync(file, `deb ${ARCHIVE} bookworm-security main\n`);
    expect(failure(await world.plan(await image(), ['--sources', file]))).toEqual({
      exit: 4,
      code: 'REPOSITORY_UNTRUSTED',
    });
    const keyring = world.path('archive.gpg');
    writeFileSync(keyring, world.archive.keyring);
    const { plan } = result<PlanResult>(await world.plan(await image(), ['--sources', file, '--keyring', keyring]));
    expect(plan.steps.length).toBe(2);
  });

  it('are of no account for an image that configures its own', async () => {
    const layout = await world.layout();
    const file = world.path('other.list');
    writeFileSync(file, 'deb http://other.example.org/debian bookworm main\n');
    const refused = await world.plan(`${layout}:1`, ['--sources', file]);
    expect(failure(refused)).toEqual({ exit: 4, code: 'NO_REPOSITORY' });
    expect(refused.stdout).toContain('stable-security');
    expect(refused.stdout).not.toContain('other.example.org');
  });
});

function missing(): never {
  throw new Error('there is no such generation');
}
