import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BoltContent, writeBolt } from '../test/support/bolt-writer.ts';

/**
 * A made-up vulnerability database with the proportions of the real one: details of 216,000 vulnerabilities of some
 * kilobytes each, and 17 releases whose source packages have dozens of advisories, most of them fixed long ago.
 */
const VULNERABILITIES = 216_000;
const DETAILS_BYTES = 2_600;
export const SOURCES = 3_000;
const ADVISORIES = 24;
const RELEASES = [
  ...['alpine 3.19', 'alpine 3.20', 'alpine 3.21', 'alpine 3.22'],
  ...['debian 10', 'debian 11', 'debian 12', 'debian 13'],
  ...['ubuntu 20.04', 'ubuntu 22.04', 'ubuntu 24.04'],
  ...['rocky 8', 'rocky 9', 'alma 8', 'alma 9', 'wolfi', 'chainguard'],
];
export const UPDATED_AT = '2026-01-09T00:00:00Z';
/** Raised with any change of what is written, so that a kept file is made again. */
const EDITION = 3;

export function sourceName(number: number): string {
  return `src-${String(number).padStart(4, '0')}`;
}

/** Writes trivy.db and metadata.json into a directory below `cache`, unless it is there from another time. */
export function makeDatabase(cache: string): string {
  const directory = join(cache, `trivy-db-${EDITION}`);
  if (existsSync(directory)) return directory;
  const partial = `${directory}.part`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeBolt(join(partial, 'trivy.db'), { entries: buckets() });
  const metadata = { Version: 2, NextUpdate: UPDATED_AT, UpdatedAt: UPDATED_AT, DownloadedAt: UPDATED_AT };
  writeFileSync(join(partial, 'metadata.json'), JSON.stringify(metadata));
  renameSync(partial, directory);
  return directory;
}

function* buckets(): BoltContent & Generator {
  const names = [...RELEASES, 'data-source', 'vulnerability'].sort();
  for (const name of names) {
    if (name === 'vulnerability') yield [name, { entries: details() }];
    else if (name === 'data-source') yield [name, { entries: dataSources() }];
    else yield [name, { entries: packages(RELEASES.indexOf(name)) }];
  }
}

function* dataSources(): BoltContent & Generator {
  for (const name of [...RELEASES].sort()) {
    const id = name.split(' ')[0] ?? name;
    yield [name, json({ ID: id, Name: `${id} advisories`, URL: `https://security.example.org/${id}` })];
  }
}

function* packages(release: number): BoltContent & Generator {
  for (let source = 0; source < SOURCES; source++) yield [sourceName(source), { entries: advisories(release, source) }];
}

/** IDs of a source are the same in all releases; every eighth is not fixed in the version that the image has. */
function* advisories(release: number, source: number): BoltContent & Generator {
  for (let number = 0; number < ADVISORIES; number++) {
    const id = vulnerabilityId((source * ADVISORIES + number) * 3);
    const kind = (number + source) % 16;
    const row =
      kind === 0
        ? { Status: 5, Severity: 1 }
        : { FixedVersion: kind === 8 ? '2.0-1' : `1.0-${(number + release) % 9}`, Severity: (number % 4) + 1 };
    yield [id, json({ ...row, VendorIDs: [`ADV-${source}-${number}`] })];
  }
}

function vulnerabilityId(number: number): string {
  return `CVE-${2015 + Math.floor(number / 30_000)}-${String(number % 30_000).padStart(5, '0')}`;
}

function* details(): BoltContent & Generator {
  const sentence = 'A flaw in the parsing of crafted input lets a remote attacker read memory of the process. ';
  for (let number = 0; number < VULNERABILITIES; number++) {
    const head = {
      Title: `flaw ${number}: out-of-bounds read in a parser`,
      Severity: ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'][number % 4],
      CweIDs: ['CWE-125'],
      VendorSeverity: { nvd: (number % 4) + 1, redhat: 2 },
      CVSS: { nvd: { V3Vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', V3Score: 7.5 } },
      References: Array.from({ length: 6 }, (_, at) => `https://example.org/references/${number}/${at}`),
      PublishedDate: '2024-01-01T00:00:00Z',
      LastModifiedDate: '2024-06-01T00:00:00Z',
    };
    const missing = DETAILS_BYTES - JSON.stringify(head).length - (number % 500);
    yield [
      vulnerabilityId(number),
      json({ ...head, Description: sentence.repeat(Math.ceil(missing / sentence.length)) }),
    ];
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
