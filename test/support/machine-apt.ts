import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToByteString } from '../../src/core/bytes.ts';
import { sha256 } from '../../src/core/digest.ts';
import { parseParagraphs } from '../../src/packages/deb/control/paragraphs.ts';
import { parseRelations } from '../../src/packages/deb/control/relations.ts';
import type {
  AvailableDeb,
  DebDatabase,
  DebRepositories,
  InstalledDeb,
  MultiArch,
  Paragraph,
  RelationField,
} from '../../src/packages/deb/types.ts';
import { compareDebVersions } from '../../src/packages/deb/version/compare.ts';
import type { RepositoryInfo } from '../../src/packages/family.ts';

/** The Debian archive as this machine's apt has it: the oracle and the data of differential tests. */
export interface MachineArchive {
  readonly repositories: DebRepositories;
  /** Control text of a package of the main (not the security) suite, without index-only fields. */
  stanza(name: string): string | undefined;
  /** Names of the packages marked Essential, which apt installs wherever they are missing. */
  readonly essential: readonly string[];
  /** Runs `apt-get -s` over a private dpkg status, with only the Debian sources; returns its `Inst` lines. */
  simulate(status: string, command: readonly string[], sources?: 'all' | 'release'): readonly Simulated[];
  close(): void;
}

export interface Simulated {
  readonly name: string;
  readonly from?: string;
  readonly to: string;
}

interface IndexTarget {
  readonly file: string;
  readonly suite: string;
  readonly codename: string;
  readonly label: string;
  readonly origin: string;
}

/** Undefined where apt or its lists of a Debian archive with a security suite are missing. */
export function openMachineArchive(): MachineArchive | undefined {
  const targets = debianTargets();
  if (!targets.some(isSecurity) || targets.every(isSecurity)) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'suture-apt-'));
  const stanzas = new Map<string, string>();
  const byName = new Map<string, AvailableDeb[]>();
  const byProvided = new Map<string, AvailableDeb[]>();
  for (const target of targets) {
    for (const text of readIndex(target.file).split('\n\n')) {
      const name = /^Package: (.*)$/m.exec(text)?.[1];
      if (name === undefined) continue;
      const offer = availableFrom(text, target.codename);
      push(byName, name, offer);
      for (const provided of providedNames(text)) push(byProvided, provided, offer);
      if (!isSecurity(target) && !stanzas.has(name)) stanzas.set(name, text);
    }
  }
  for (const list of byName.values()) list.sort((a, b) => compareDebVersions(b.version, a.version));
  return {
    repositories: {
      repositories: targets.map(repositoryInfo),
      unusable: [],
      available: (name) => byName.get(name) ?? [],
      providers: (name) => byProvided.get(name) ?? [],
      fetch: () => {
        throw new Error('nothing is fetched when resolving');
      },
    },
    stanza: (name) => stanzas.get(name)?.replace(/^(?:Filename|Size|MD5sum|SHA256|Description-md5): .*\n?/gm, ''),
    essential: [...stanzas].filter(([, text]) => /^Essential: yes$/m.test(text)).map(([name]) => name),
    simulate: (status, command, sources = 'all') => simulate(directory, status, command, sources),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** dpkg status of packages, as a database of the program. */
export function databaseFromStatus(status: string): DebDatabase {
  const packages = parseParagraphs(status).map(installedFrom);
  return {
    layout: 'status',
    packages,
    records: packages,
    architecture: nativeArchitecture(),
    foreignArchitectures: [],
  };
}

export function nativeArchitecture(): string {
  return spawnSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).stdout.trim();
}

function debianTargets(): IndexTarget[] {
  const format = '$(FILENAME)|$(SUITE)|$(CODENAME)|$(LABEL)|$(ORIGIN)|$(ARCHITECTURE)';
  const run = spawnSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], { encoding: 'utf8' });
  if (run.status !== 0) return [];
  return run.stdout
    .split('\n')
    .map((line) => line.split('|'))
    .filter(([file = '', , , , origin]) => origin === 'Debian' && existsSync(file))
    .map(([file = '', suite = '', codename = '', label = '', origin = '']) => ({
      file,
      suite,
      codename,
      label,
      origin,
    }));
}

function isSecurity({ label }: IndexTarget): boolean {
  return label === 'Debian-Security';
}

function repositoryInfo(target: IndexTarget): RepositoryInfo {
  const { codename, suite, origin } = target;
  const digest = sha256(codename);
  return { id: codename, origin, suite, codename, isSecurity: isSecurity(target), date: '', digest, signedBy: [] };
}

function readIndex(file: string): string {
  const run = spawnSync('/usr/lib/apt/apt-helper', ['cat-file', file], { maxBuffer: 1024 ** 3 });
  return bytesToByteString(run.stdout);
}

/** Parsed only when something asks for it: most of the archive never matters. */
function availableFrom(text: string, repository: string): AvailableDeb {
  const value = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
  const paragraph: Paragraph = {
    get: value,
    has: (name: string) => value(name) !== undefined,
  } as unknown as Paragraph;
  const base = { ...identity(paragraph), essential: value('Essential') === 'yes', installedSize: 0 };
  const path = value('Filename') ?? '';
  const file = { path, repository, size: 1, digest: sha256(path) };
  return withRelations({ ...base, file }, paragraph) as AvailableDeb;
}

function installedFrom(paragraph: Paragraph): InstalledDeb {
  const [want = 'install', flag = 'ok', state = 'installed'] = (paragraph.get('Status') ?? '').split(' ');
  const held = want === 'hold';
  const rest = { essential: paragraph.get('Essential') === 'yes', section: '', conffiles: [], paragraph };
  return withRelations({ ...identity(paragraph), want, flag, state, held, ...rest }, paragraph) as InstalledDeb;
}

function identity(paragraph: Paragraph) {
  const name = paragraph.get('Package') ?? '';
  const version = paragraph.get('Version') ?? '';
  const source = /^(\S+)(?: \((.*)\))?$/.exec(paragraph.get('Source') ?? '');
  return {
    name,
    version,
    architecture: paragraph.get('Architecture') ?? '',
    source: { name: source?.[1] ?? name, version: source?.[2] ?? version },
    multiArch: (paragraph.get('Multi-Arch') ?? 'no') as MultiArch,
  };
}

const FIELDS = {
  depends: 'Depends',
  preDepends: 'Pre-Depends',
  recommends: 'Recommends',
  breaks: 'Breaks',
  conflicts: 'Conflicts',
  replaces: 'Replaces',
  provides: 'Provides',
};

function withRelations(base: object, paragraph: Paragraph): object {
  for (const [property, field] of Object.entries(FIELDS)) {
    let parsed: RelationField | undefined;
    Object.defineProperty(base, property, {
      enumerable: true,
      get: () => {
        parsed ??= parseRelations(paragraph.get(field));
        return parsed;
      },
    });
  }
  return base;
}

function providedNames(text: string): Set<string> {
  const provides = /^Provides: (.*)$/m.exec(text)?.[1];
  return new Set(parseRelations(provides).flatMap((clause) => clause.map((relation) => relation.name)));
}

function simulate(
  directory: string,
  status: string,
  command: readonly string[],
  sources: 'all' | 'release',
): readonly Simulated[] {
  const file = join(directory, 'status');
  writeFileSync(file, status, 'latin1');
  for (const name of ['cache/archives/partial', 'etc/all', 'etc/release', 'etc/empty']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  copyDebianSources(join(directory, 'etc'));
  const options = {
    'Dir::State::status': file,
    'Dir::State::extended_states': join(directory, 'extended_states'),
    'Dir::Cache': join(directory, 'cache'),
    'Dir::Cache::pkgcache': `pkgcache-${sources}.bin`,
    'Dir::Cache::srcpkgcache': `srcpkgcache-${sources}.bin`,
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(directory, 'etc', sources),
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': join(directory, 'etc', 'empty'),
    'APT::Install-Recommends': 'false',
    'Debug::NoLocking': 'true',
  };
  const args = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const run = spawnSync('apt-get', ['-s', ...args, ...command], { encoding: 'utf8', maxBuffer: 1024 ** 3 });
  if (run.status !== 0) throw new Error(`apt-get ${command.slice(0, 5).join(' ')}: ${run.stderr}`);
  const removal = /^Remv .*$/m.exec(run.stdout);
  if (removal !== null) throw new Error(`apt wants a removal: ${removal[0]}`);
  return [...run.stdout.matchAll(/^Inst (\S+?)(?::\S+)? (?:\[([^\]]*)\] )?\((\S+) /gm)].map((match) => ({
    name: match[1] ?? '',
    ...(match[2] === undefined ? {} : { from: match[2] }),
    to: match[3] ?? '',
  }));
}

/** The machine's Debian sources, twice: all of them, and without their security suites. */
function copyDebianSources(etc: string): void {
  const parts = '/etc/apt/sources.list.d';
  for (const name of existsSync(parts) ? readdirSync(parts) : []) {
    if (!name.endsWith('.sources')) continue;
    const stanzas = readFileSync(join(parts, name), 'utf8').split(/\n\s*\n/);
    const debian = stanzas.filter((stanza) => stanza.includes('debian-archive-keyring'));
    const release = debian.filter((stanza) => !/^Suites:.*security/m.test(stanza));
    if (debian.length > 0) writeFileSync(join(etc, 'all', name), `${debian.join('\n\n')}\n`);
    if (release.length > 0) writeFileSync(join(etc, 'release', name), `${release.join('\n\n')}\n`);
  }
  if (existsSync('/etc/apt/sources.list')) copyFileSync('/etc/apt/sources.list', join(etc, 'all', 'machine.list'));
}

function push<T>(index: Map<string, T[]>, name: string, value: T): void {
  const list = index.get(name);
  if (list === undefined) index.set(name, [value]);
  else list.push(value);
}
