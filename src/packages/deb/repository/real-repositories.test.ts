import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/ports.ts';
import { silent } from '../../../core/progress.ts';
import { createHttpClient } from '../../../net/client.ts';
import type { AvailableDeb } from '../types.ts';
import { parsePreferences } from './configuration/preferences.ts';
import type { OpenedDebRepositories } from './deb-repositories.ts';
import { openDebRepositories } from './open-repositories.ts';
import { hasProgram } from './testing/gpg.ts';
import { machineAptTree } from './testing/memory-tree.ts';

/** Differential test: the repositories that this machine configures, read by apt and by the program. */
describe.skipIf(!hasProgram('apt-get'))('the apt repositories of this machine (needs apt and its network)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'apt-real-'));
  const http = createHttpClient({ environment: process.env });
  let settings: string[] = [];
  let architecture = '';
  let repositories: OpenedDebRepositories | undefined;

  beforeAll(async () => {
    for (const name of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(join(directory, name), { recursive: true });
    writeFileSync(join(directory, 'status'), '');
    settings = [
      ...['-o', `Dir::State::lists=${directory}/lists`, '-o', `Dir::Cache=${directory}/cache`],
      ...['-o', `Dir::State::status=${directory}/status`, '-o', 'APT::Sandbox::User=root'],
      ...['-o', 'APT::Update::Post-Invoke-Success::=', '-o', 'Acquire::Languages=none', '-o', 'Acquire::Retries=0'],
    ];
    try {
      architecture = execFileSync('dpkg', ['--print-architecture']).toString().trim();
      const failOnError = ['-o', 'APT::Update::Error-Mode=any'];
      execFileSync('apt-get', [...settings, ...failOnError, 'update'], { stdio: 'ignore' });
    } catch {
      return;
    }
    const database = { architecture, foreignArchitectures: [] };
    const access = { http, cacheDirectory: join(directory, 'own'), clock: systemClock, progress: silent };
    repositories = await openDebRepositories(machineAptTree(), database, access);
  });

  afterAll(async () => {
    await http.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function aptCache(...args: string[]): string {
    return execFileSync('apt-cache', [...settings, ...args], { maxBuffer: 64 * 1024 * 1024 }).toString();
  }

  /** Two hundred names spread over all that apt knows, and some that every security update touches. */
  function sample(): string[] {
    const names = aptCache('pkgnames')
      .split('\n')
      .filter((name) => name !== '')
      .toSorted();
    const stride = Math.max(1, Math.floor(names.length / 195));
    const known = ['openssl', 'libssl3', 'bash', 'curl', 'perl-base'].filter((name) => names.includes(name));
    return [...new Set([...known, ...names.filter((_, index) => index % stride === 0)])];
  }

  it('offers the same versions from the same repositories as apt-cache madison', ({ skip }) => {
    if (repositories === undefined) return skip('apt-get update does not work here: offline?');
    const opened = repositories;
    const names = sample();
    expect(opened.unusable).toEqual([]);
    expect(names.length).toBeGreaterThan(150);
    const apt = aptCache('madison', ...names)
      .split('\n')
      .map((line) => line.split('|').map((part) => part.trim()))
      .filter(([, , index = '']) => index.endsWith(` ${architecture} Packages`) || index.endsWith(' all Packages'))
      .map(([name, version, index = '']) => {
        const [uri = '', place = ''] = index.split(' ');
        const [, suite = '', component = ''] = /^(.*)\/([^/]*)$/.exec(place) ?? [];
        return `${name} ${version} ${uri.replace(/\/$/, '')} ${suite} ${component}`;
      });
    const own = names.flatMap((name) =>
      opened.available(name).map(({ version, file }) => `${name} ${version} ${file.repository}`),
    );
    expect(own.toSorted()).toEqual([...new Set(apt)].toSorted());
    expect(own.length).toBeGreaterThan(150);
  });

  it('chooses the same candidates as apt-cache policy', ({ skip }) => {
    if (repositories === undefined) return skip('apt-get update does not work here: offline?');
    const opened = repositories;
    const names = sample();
    const apt = new Map<string, string>();
    for (const block of aptCache('policy', ...names).split(/\n(?=\S)/)) {
      const [, name = '', candidate = ''] = /^(\S+):\n(?:.*\n)*? {2}Candidate: (.*)/.exec(block) ?? [];
      if (candidate !== '(none)' && name !== '') apt.set(name, candidate);
    }
    const byId = new Map(opened.repositories.map((repository) => [repository.id, repository]));
    const priority = (offer: AvailableDeb): number => {
      const repository = byId.get(offer.file.repository);
      return repository === undefined ? -1 : opened.priority(offer, repository);
    };
    for (const [name, candidate] of apt) {
      const best = opened.available(name).toSorted((a, b) => priority(b) - priority(a))[0];
      expect([name, best?.version]).toEqual([name, candidate]);
    }
    expect(apt.size).toBeGreaterThan(150);
  });

  it('gives the priorities of apt-cache policy for the same preferences', ({ skip }) => {
    if (repositories === undefined) return skip('apt-get update does not work here: offline?');
    const opened = repositories;
    const names = sample().slice(0, 80);
    const text = [
      'Package: *\nPin: version 1.*\nPin-Priority: 200',
      'Package: *\nPin: release l=/secur/\nPin-Priority: 700',
      'Package: *\nPin: release o=Debian\nPin-Priority: 300',
      'Package: *\nPin: release c=main\nPin-Priority: 900',
      'Package: openssl lib*\nPin: version *\nPin-Priority: -5',
      `Package: ${names[2]} /^${names[3]?.slice(0, 4)}/\nPin: release c=main\nPin-Priority: 1001`,
      'Package: src:perl\nPin: origin /./\nPin-Priority: 42',
    ].join('\n\n');
    writeFileSync(join(directory, 'preferences'), `${text}\n`);
    const options = [
      '-o',
      `Dir::Etc::preferences=${directory}/preferences`,
      '-o',
      'Dir::Etc::preferencesparts=/dev/null',
    ];
    const apt = new Map<string, string>();
    for (const block of aptCache(...options, 'policy', ...names).split(/\n(?=\S)/)) {
      const name = /^([^:\n]+):/.exec(block)?.[1] ?? '';
      for (const [, version = '', pin = ''] of block.matchAll(/^ {5}(\S+) (-?\d+)$/gm))
        apt.set(`${name} ${version}`, pin);
    }
    const preferences = parsePreferences([{ path: 'p', text }], { architecture });
    const own = new Map<string, string>();
    const byId = new Map(opened.repositories.map((repository) => [repository.id, repository]));
    for (const offer of names.flatMap((name) => opened.available(name))) {
      const repository = byId.get(offer.file.repository);
      if (repository === undefined) throw new Error('no repository');
      const label = repository.isSecurity ? 'Debian-Security' : 'Debian';
      const [uri = '', , component = ''] = repository.id.split(' ');
      const release = { ...repository, label, version: '', component, host: new URL(uri).hostname };
      const flags = { notAutomatic: false, butAutomaticUpgrades: false };
      const priority = preferences.priorityOf(offer, offer.version, { ...release, ...flags });
      const key = `${offer.name} ${offer.version}`;
      own.set(key, String(Math.max(priority, Number(own.get(key) ?? Number.NEGATIVE_INFINITY))));
    }
    expect([...own].toSorted()).toEqual([...apt].toSorted());
    expect(new Set(own.values()).size).toBeGreaterThan(3);
  });

  it('fetches a package that dpkg-deb can read', async ({ skip }) => {
    const offer = repositories?.available('hostname')[0];
    if (repositories === undefined || offer === undefined) return skip('apt-get update does not work here: offline?');
    const path = await repositories.fetchToFile(offer.file);
    const fields = execFileSync('dpkg-deb', ['--field', path, 'Package', 'Version']).toString();
    expect(fields).toBe(`Package: hostname\nVersion: ${offer.version}\n`);
  });
});
