import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import type { ScanFinding } from '../scan/result.ts';
import { csvRows } from './csv.ts';
import { annotate, readEpss, readKev } from './exploitation.ts';
import { select } from './selection.ts';
import { type SuppressionContext, suppress } from './suppress.ts';
import { readIgnoreFile } from './trivyignore.ts';
import { readVex } from './vex.ts';

const finding = (vulnerability: string, more: Partial<ScanFinding> = {}): ScanFinding => ({
  vulnerability,
  vendorIds: [],
  package: { name: 'bash', version: '5.2-1', purl: 'pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-12.5' },
  severity: 'HIGH',
  status: 'fixed',
  source: 'trivy-db',
  ...more,
});

const DIGEST = sha256('manifest');
const context: SuppressionContext = {
  artifact: { name: 'registry.example.org/team/app:1', digest: DIGEST, repoDigests: [] },
  now: Date.parse('2026-11-20'),
  pathOf: () => 'app (debian 12.5)',
};

const isSuppressed = (suppressor: ReturnType<typeof readVex>, entry = finding('CVE-2026-1')) =>
  suppressor.suppression(entry, context);

describe('selection', () => {
  const all = [
    finding('CVE-1'),
    finding('CVE-2', { severity: 'LOW' }),
    finding('CVE-3', { status: 'will_not_fix' }),
    (({ severity: _, ...rest }) => rest)(finding('CVE-4')),
    finding('CVE-5', { epss: { score: 0.01, percentile: 0.5 } }),
    finding('CVE-6', { kev: { dateAdded: '2026-01-01', ransomware: false } }),
  ];

  it('keeps what nobody rated, and counts what it leaves out', () => {
    const { findings, filtered } = select(all, {
      severities: ['HIGH'],
      ignoreStatuses: ['will_not_fix'],
      minimumEpss: 0.1,
    });
    expect(findings.map(({ vulnerability }) => vulnerability)).toEqual(['CVE-1', 'CVE-4', 'CVE-6']);
    expect(filtered).toEqual({ severity: 1, unfixed: 0, status: 1, epss: 1, kev: 0 });
  });

  it('leaves out what has no fix, and what is not known to be exploited', () => {
    expect(select(all, { ignoreUnfixed: true }).filtered.unfixed).toBe(1);
    expect(select(all, { onlyExploited: true }).findings.map(({ vulnerability }) => vulnerability)).toEqual(['CVE-6']);
  });
});

describe('.trivyignore', () => {
  it('ignores by ID, until the date', () => {
    const file = readIgnoreFile(
      '# accepted\nCVE-2026-1 exp:2026-11-21 # until the next release\n\nCVE-2026-2 exp:2026-11-20\n',
      '.trivyignore',
    );
    const { findings, suppressed } = suppress([finding('CVE-2026-1'), finding('CVE-2026-2')], [file], context);
    expect(findings.map(({ vulnerability }) => vulnerability)).toEqual(['CVE-2026-2']);
    expect(suppressed[0]?.suppression).toEqual({
      by: 'ignore-file',
      source: '.trivyignore',
      status: 'ignored',
      statement: 'until the next release',
      expires: '2026-11-21',
    });
    expect(file.expired(context.now)).toEqual(['.trivyignore: the entry for CVE-2026-2 expired on 2026-11-20']);
  });

  it('refuses a date or word that it does not know, instead of ignoring for ever', () => {
    expect(() => readIgnoreFile('CVE-2026-1 exp:tomorrow', 'x')).toThrow(/line 1: "tomorrow" is not a date/);
    expect(() => readIgnoreFile('CVE-2026-1 until:2026-01-01', 'x')).toThrow(/not known/);
    expect(() => readIgnoreFile('vulnerabilities:\n- id: CVE-1\n  expired_at: soon\n', 'x.yaml')).toThrow(/expired_at/);
    expect(() => readIgnoreFile('vulnerabilities: [{}]', 'x.yaml')).toThrow(/vulnerabilities\.0\.id/);
  });

  it('reads YAML with package URLs, paths, statement and expiry', () => {
    const file = readIgnoreFile(
      `vulnerabilities:
  - id: CVE-2026-1
    purls: ["pkg:deb/debian/bash"]
    statement: not reachable
    expired_at: 2027-01-01
  - id: CVE-2026-2
    purls: ["pkg:deb/debian/zsh"]
  - id: CVE-2026-3
    paths: ["app*"]
  - id: CVE-2026-4
    paths: ["var/**"]
`,
      'ignore.yaml',
    );
    const ids = ['CVE-2026-1', 'CVE-2026-2', 'CVE-2026-3', 'CVE-2026-4'];
    const { suppressed } = suppress(
      ids.map((id) => finding(id)),
      [file],
      context,
    );
    expect(
      suppressed.map((entry) => [entry.finding.vulnerability, entry.suppression.statement, entry.suppression.expires]),
    ).toEqual([
      ['CVE-2026-1', 'not reachable', '2027-01-01'],
      ['CVE-2026-3', undefined, undefined],
    ]);
  });
});

describe('OpenVEX', () => {
  const document = (statements: readonly object[]) =>
    JSON.stringify({ '@context': 'https://openvex.dev/ns/v0.2.0', timestamp: '2026-01-01T00:00:00Z', statements });
  const statement = (more: object = {}) => ({
    vulnerability: { name: 'CVE-2026-1' },
    products: [{ '@id': 'pkg:deb/debian/bash?distro=debian-12.5' }],
    status: 'not_affected',
    justification: 'vulnerable_code_not_present',
    ...more,
  });

  it('suppresses by package, with its justification', () => {
    expect(isSuppressed(readVex(document([statement()]), 'vex.json'))).toEqual({
      by: 'openvex',
      source: 'vex.json',
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
    });
  });

  it('suppresses by image digest and subcomponent, also as Copa writes it', () => {
    const image = (digest: string, subcomponent: string) =>
      readVex(
        document([
          statement({
            vulnerability: { '@id': 'CVE-2026-1' },
            products: [{ '@id': `pkg:oci/app@${digest}`, subcomponents: [{ '@id': subcomponent }] }],
            status: 'fixed',
          }),
        ]),
        'vex.json',
      );
    expect(isSuppressed(image(DIGEST, 'pkg:deb/debian/bash@5.2-1'))?.status).toBe('fixed');
    expect(isSuppressed(image(DIGEST, 'pkg:deb/debian/zsh'))).toBeUndefined();
    expect(isSuppressed(image(sha256('another'), 'pkg:deb/debian/bash'))).toBeUndefined();
  });

  it.each([
    ['of another package', { products: [{ '@id': 'pkg:deb/debian/zsh' }] }],
    ['of another version', { products: [{ '@id': 'pkg:deb/debian/bash@5.1-1' }] }],
    ['of another release', { products: [{ '@id': 'pkg:deb/debian/bash?distro=debian-11' }] }],
    ['without product', { products: [] }],
    ['that is affected', { status: 'affected' }],
    ['under investigation', { status: 'under_investigation' }],
  ])('does not suppress by a statement %s', (_, more) => {
    expect(isSuppressed(readVex(document([statement(more)]), 'vex.json'))).toBeUndefined();
  });

  it('lets the latest statement decide, in whatever order they stand', () => {
    const later = statement({ status: 'affected', timestamp: '2026-06-01T00:00:00Z' });
    for (const statements of [
      [statement(), later],
      [later, statement()],
    ])
      expect(isSuppressed(readVex(document(statements), 'vex.json'))).toBeUndefined();
  });

  it('refuses what is no VEX', () => {
    expect(() => readVex('{}', 'x')).toThrow(/not valid/);
    expect(() => readVex('[]', 'x')).toThrow(/not an object/);
    expect(() => readVex(document([statement({ status: 'harmless' })]), 'x')).toThrow(/statements\.0\.status/);
  });
});

describe('CycloneDX VEX', () => {
  const bom = (state: string, ref: string, components: readonly object[] = []) =>
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components,
      vulnerabilities: [
        {
          id: 'CVE-2026-1',
          analysis: { state, justification: 'code_not_present', detail: 'removed' },
          affects: [{ ref }],
        },
      ],
    });

  it.each([
    ['a package URL', 'pkg:deb/debian/bash@5.2-1', []],
    ['a component', 'the-shell', [{ 'bom-ref': 'the-shell', purl: 'pkg:deb/debian/bash' }]],
    ['a BOM link', 'urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Adeb%2Fdebian%2Fbash', []],
  ])('suppresses by %s', (_, ref, components) => {
    expect(isSuppressed(readVex(bom('not_affected', ref, components), 'vex.cdx.json'))).toMatchObject({
      by: 'cyclonedx-vex',
      status: 'not_affected',
      justification: 'code_not_present',
      statement: 'removed',
    });
  });

  it('does not suppress what is exploitable or in triage', () => {
    for (const state of ['exploitable', 'in_triage', 'something'])
      expect(isSuppressed(readVex(bom(state, 'pkg:deb/debian/bash'), 'vex.cdx.json'))).toBeUndefined();
  });
});

describe('KEV and EPSS', () => {
  const json = JSON.stringify({
    dateReleased: '2026-11-01T00:00:00Z',
    vulnerabilities: [
      { cveID: 'CVE-2026-1', dateAdded: '2026-10-01', dueDate: '2026-10-22', knownRansomwareCampaignUse: 'Known' },
    ],
  });
  const csv =
    'cveID,vendorProject,dateAdded,dueDate,knownRansomwareCampaignUse\r\nCVE-2026-1,"A, ""B""",2026-10-01,2026-10-22,Known\r\n';

  it('reads the catalogue in both its formats alike', () => {
    const [a, b] = [readKev(Buffer.from(json), 'kev.json'), readKev(Buffer.from(csv), 'kev.csv')];
    expect(a.entries).toEqual(b.entries);
    expect(a.entries.get('CVE-2026-1')).toEqual({ dateAdded: '2026-10-01', dueDate: '2026-10-22', ransomware: true });
    expect(a.source.updatedAt).toBe('2026-11-01T00:00:00Z');
  });

  it('reads scores, plain and gzip, with the date of the list', () => {
    const text =
      '#model_version:v2025.03.14,score_date:2026-11-19T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1,0.5,0.99\nCVE-2026-2,0.1,0.2\n';
    for (const bytes of [Buffer.from(text), gzipSync(text)]) {
      const { source, entries } = readEpss(bytes, 'epss.csv', new Set(['CVE-2026-1']));
      expect([...entries]).toEqual([['CVE-2026-1', { score: 0.5, percentile: 0.99 }]]);
      expect(source.updatedAt).toBe('2026-11-19T00:00:00+00:00');
      expect(annotate([finding('CVE-2026-1')], undefined, entries)[0]?.epss?.score).toBe(0.5);
    }
  });

  it('refuses what is no such list', () => {
    expect(() => readEpss(Buffer.from('a,b\n1,2\n'), 'x', new Set())).toThrow(/no column "cve"/);
    expect(() => readEpss(Buffer.from('cve,epss,percentile\nCVE-1,high,1\n'), 'x', new Set(['CVE-1']))).toThrow(
      /from 0 to 1/,
    );
    expect(() => readKev(Buffer.from('a,b\n1,2\n'), 'x')).toThrow(/no column "cveID"/);
    expect(() => readKev(Buffer.from('{'), 'x')).toThrow(/not JSON/);
  });

  it('reads back any cells that are written as CSV', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 4 }), { minLength: 1 }), (rows) => {
        const text = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n');
        expect([...csvRows(`${text}\n`)].map((row) => row.map((cell) => cell))).toEqual(
          rows.map((row) => row.map((cell, index) => (index === row.length - 1 ? cell.replace(/\r$/, '') : cell))),
        );
      }),
    );
  });
});
