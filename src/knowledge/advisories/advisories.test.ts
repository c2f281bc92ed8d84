import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withDirectory } from '../../../test/support/images.ts';
import type { ScannedImage, ScannedPackage } from '../../packages/inventory/types.ts';
import { matchAdvisories, type PackageAdvisory } from './advisory-set.ts';
import { osvAdvisories } from './osv.ts';
import { readAdvisories } from './read.ts';
import { secdbAdvisories } from './secdb.ts';
import { updateinfoAdvisories } from './updateinfo.ts';
import { xmlEvents } from './xml-events.ts';

type Sketch = Partial<Omit<ScannedPackage, 'src'>> & {
  readonly name: string;
  readonly version: string;
  readonly source?: string;
};

function installed({ source, ...sketch }: Sketch): ScannedPackage {
  const { name, version, release = '', epoch = 0 } = sketch;
  return {
    id: `${name}@${version}`,
    release,
    epoch,
    arch: 'x86_64',
    licenses: [],
    dependsOn: [],
    identifier: {},
    src: { name: source ?? name, version, release, epoch },
    ...sketch,
  };
}

const image = (family: string, name: string, ...packages: Sketch[]): ScannedImage => ({
  os: { family, name, extended: false },
  packages: packages.map(installed),
  problems: [],
});

const source = { name: 'file', kind: 'advisories', updatedAt: '2026-01-01T00:00:00Z' } as const;
const found = (advisories: readonly PackageAdvisory[], of: ScannedImage) =>
  matchAdvisories({ source, advisories }, of).findings.map(
    ({ vulnerability, package: { name }, fixedVersion }) => `${vulnerability} ${name} ${fixedVersion ?? '-'}`,
  );

const OSV = {
  id: 'DEBIAN-CVE-2026-0001',
  modified: '2026-11-01T00:00:00Z',
  upstream: ['CVE-2026-0001'],
  summary: 'overflow',
  affected: [
    {
      package: { ecosystem: 'Debian:12', name: 'openssl' },
      ranges: [
        {
          type: 'ECOSYSTEM',
          events: [{ introduced: '0' }, { fixed: '1.1.1-1' }, { introduced: '3.0.0-1' }, { fixed: '3.0.17-1' }],
        },
      ],
      ecosystem_specific: { urgency: 'high' },
    },
    {
      package: { ecosystem: 'Debian:13', name: 'openssl' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
    },
    { package: { ecosystem: 'npm', name: 'openssl' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }] },
  ],
};

describe('OSV', () => {
  const { advisories } = osvAdvisories(OSV, 'osv');

  it.each([
    ['12.5', '1.1.0-1', ['CVE-2026-0001 libssl3 1.1.1-1']],
    ['12.5', '2.0-1', []],
    ['12.5', '3.0.11-1', ['CVE-2026-0001 libssl3 3.0.17-1']],
    ['12.5', '3.0.17-1', []],
    ['13.1', '3.5-1', ['CVE-2026-0001 libssl3 -']],
  ])('debian %s, openssl %s: %j', (release, text, expected) => {
    const [version = '', revision = ''] = text.split('-');
    expect(
      found(advisories, image('debian', release, { name: 'libssl3', source: 'openssl', version, release: revision })),
    ).toEqual(expected);
  });

  it('says the CVE, with its own ID, severity and page', () => {
    const [finding] = matchAdvisories(
      { source, advisories },
      image('debian', '12', { name: 'openssl', version: '3.0.0', release: '5' }),
    ).findings;
    expect(finding).toMatchObject({
      vulnerability: 'CVE-2026-0001',
      vendorIds: ['DEBIAN-CVE-2026-0001'],
      severity: 'HIGH',
      source: 'file',
      status: 'fixed',
      url: 'https://osv.dev/vulnerability/DEBIAN-CVE-2026-0001',
    });
  });

  it('knows nothing of other releases, and says so', () => {
    const { findings, unknowns } = matchAdvisories(
      { source, advisories },
      image('debian', '11', { name: 'openssl', version: '1' }),
    );
    expect(findings).toEqual([]);
    expect(unknowns).toMatchObject([
      { kind: 'source-unusable', scope: 'image', detail: 'file holds no advisory for debian 11' },
    ]);
  });

  it.each([
    ['Alpine:v3.19', 'alpine', '3.19.1', true],
    ['Alpine:v3.19', 'alpine', '3.18.1', false],
    ['Ubuntu:22.04:LTS', 'ubuntu', '22.04', true],
    ['Ubuntu:Pro:18.04:LTS', 'ubuntu', '18.04', false],
    ['Rocky Linux:9', 'rocky', '9.3', true],
    ['Wolfi', 'wolfi', '20230201', true],
    ['constructor', 'debian', '12', false],
  ])('%s for %s %s: %s', (ecosystem, family, release, applies) => {
    const record = {
      id: 'X-1',
      affected: [{ package: { ecosystem, name: 'a' }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }] }],
    };
    const matched = found(
      osvAdvisories(record, 'osv').advisories,
      image(family, release, { name: 'a', version: '1-r0' }),
    );
    expect(matched).toHaveLength(applies ? 1 : 0);
  });

  it('counts last_affected as affected, and forgets what was withdrawn', () => {
    const record = (more: object) => ({
      id: 'CVE-1-1',
      affected: [
        {
          package: { ecosystem: 'Debian:12', name: 'a' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { last_affected: '2' }] }],
        },
      ],
      ...more,
    });
    const of = (version: string) => image('debian', '12', { name: 'a', version });
    const { advisories: list } = osvAdvisories(record({}), 'x');
    expect([found(list, of('2')), found(list, of('2.1'))]).toEqual([['CVE-1-1 a -'], []]);
    expect(osvAdvisories(record({ withdrawn: '2026-01-01T00:00:00Z' }), 'x').advisories).toEqual([]);
    expect(() => osvAdvisories({ affected: [] }, 'x')).toThrow(/not a valid OSV record/);
  });
});

describe("Alpine's secdb", () => {
  const advisories = secdbAdvisories(
    {
      distroversion: 'v3.19',
      packages: [
        {
          pkg: {
            name: 'busybox',
            secfixes: {
              '1.36.1-r6': ['CVE-2026-0001 CVE-2026-0002', 'CVE-2026-0003 (+)'],
              '0': ['CVE-2026-0009'],
              '1.30.0-r0': null,
            },
          },
        },
      ],
    },
    'main.json',
  );

  it('reads several IDs of a line, and leaves out what never affected Alpine', () => {
    const before = image('alpine', '3.19.1', { name: 'ssl_client', source: 'busybox', version: '1.36.1-r5' });
    expect(found(advisories, before)).toEqual([
      'CVE-2026-0001 ssl_client 1.36.1-r6',
      'CVE-2026-0002 ssl_client 1.36.1-r6',
      'CVE-2026-0003 ssl_client 1.36.1-r6',
    ]);
    expect(found(advisories, image('alpine', '3.19.1', { name: 'busybox', version: '1.36.1-r6' }))).toEqual([]);
    expect(found(advisories, image('alpine', '3.18.1', { name: 'busybox', version: '1.0-r0' }))).toEqual([]);
  });
});

const UPDATEINFO = `<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<updates>
  <update from="security@example.org" status="final" type="security" version="1">
    <id>EX-SA-2026:1</id><title>Important: bash &amp; friends</title><severity>Important</severity>
    <issued date="2026-01-02 03:04:05"/><updated date="2026-02-03"/>
    <description><![CDATA[<not> an & element]]></description>
    <references>
      <reference href="https://example.org/EX-SA-2026:1" id="EX-SA-2026:1" type="self"/>
      <reference href="https://example.org/CVE-2026-0001" id="CVE-2026-0001" type="cve"/>
      <reference href="https://example.org/2" id="CVE-2026-0002" type="cve"/>
    </references>
    <pkglist><collection short="base"><name>base</name>
      <package name="bash" version="5.2" release="3.el9" epoch="0" arch="x86_64" src="bash-5.2-3.el9.src.rpm"><filename>a.rpm</filename></package>
      <package name="bash" version="5.2" release="3.el9" epoch="0" arch="src"><filename>a.src.rpm</filename></package>
    </collection></pkglist>
  </update>
  <update type="security"><id>EX-SA-2026:2</id><references/>
    <pkglist><collection><module name="nodejs" stream="18" version="1" context="2" arch="x86_64"/>
      <package name="npm" version="9.1" release="1" epoch="1" arch="x86_64"/></collection></pkglist></update>
  <update type="bugfix"><id>EX-BA-2026:3</id><pkglist><collection><package name="bash" version="9" release="1" arch="x86_64"/></collection></pkglist></update>
</updates>`;

describe('updateinfo.xml', () => {
  const { advisories, updatedAt } = updateinfoAdvisories(UPDATEINFO, 'updateinfo.xml');

  it('has the date of its newest notice', () => {
    expect(updatedAt).toBe('2026-02-03T00:00:00Z');
  });

  it('matches binary packages by epoch, version and release', () => {
    const of = (release: string, arch = 'x86_64') =>
      image('rocky', '9.3', { name: 'bash', version: '5.2', release, arch });
    expect(found(advisories, of('2.el9'))).toEqual(['CVE-2026-0001 bash 5.2-3.el9', 'CVE-2026-0002 bash 5.2-3.el9']);
    expect(found(advisories, of('3.el9'))).toEqual([]);
    expect(found(advisories, of('2.el9', 'aarch64'))).toEqual([]);
    const [first] = matchAdvisories({ source, advisories }, of('2.el9')).findings;
    expect(first).toMatchObject({ vendorIds: ['EX-SA-2026:1'], severity: 'HIGH', title: 'Important: bash & friends' });
  });

  it('compares packages of a module only with notices of that module and stream', () => {
    const of = (modularityLabel?: string) =>
      image('rocky', '9.3', {
        name: 'npm',
        version: '9.0',
        release: '1',
        epoch: 1,
        ...(modularityLabel === undefined ? {} : { modularityLabel }),
      });
    expect(found(advisories, of('nodejs:18:20240101:abc'))).toEqual(['EX-SA-2026:2 npm 1:9.1-1']);
    expect(found(advisories, of('nodejs:20:20240101:abc'))).toEqual([]);
    expect(found(advisories, of())).toEqual([]);
  });

  it.each(['<updates>', '<a></b>', '<!DOCTYPE a [<!ENTITY x "y">]><a/>', '<a b=c/>', '<!-- ', '</a>'])(
    'refuses %s',
    (text) => {
      expect(() => [...xmlEvents(text, 'x')]).toThrow(/not well-formed XML/);
    },
  );

  it('reads back any text and attribute', () => {
    const quoted = (text: string) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (attribute, text) => {
        const events = [...xmlEvents(`<a b="${quoted(attribute)}">${quoted(text)}</a>`, 'x')];
        expect(events).toEqual([
          { kind: 'open', name: 'a', attributes: { b: attribute } },
          { kind: 'text', text },
          { kind: 'close', name: 'a' },
        ]);
      }),
    );
  });
});

describe('files and directories of advisories', () => {
  it('are recognised by content, with the newest date of all', () =>
    withDirectory(async (directory) => {
      await mkdir(join(directory, 'deeper'));
      await writeFile(join(directory, 'deeper', 'a.json'), JSON.stringify(OSV));
      await writeFile(
        join(directory, 'b.json'),
        JSON.stringify([{ ...OSV, id: 'X', modified: '2026-11-02T00:00:00Z' }]),
      );
      await writeFile(join(directory, 'updateinfo.xml.gz'), gzipSync(UPDATEINFO));
      await writeFile(join(directory, 'README'), 'not read');
      const set = await readAdvisories(directory);
      expect(set.source).toMatchObject({ kind: 'advisories', updatedAt: '2026-11-02T00:00:00Z' });
      expect(set.advisories).toHaveLength(7);
      await writeFile(join(directory, 'broken.json'), '{');
      await expect(readAdvisories(directory)).rejects.toThrow(/neither JSON nor XML/);
      await expect(readAdvisories(join(directory, 'nowhere'))).rejects.toThrow(/cannot read/);
    }));
});
