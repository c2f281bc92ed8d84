import { describe, expect, it } from 'vitest';
import { readReport } from './read.ts';

const match = (id: string, more: object = {}, artifact: object = {}) => ({
  vulnerability: { id, severity: 'Negligible', fix: { versions: [], state: 'not-fixed' }, ...more },
  artifact: { name: 'bash', version: '5.2-1', type: 'deb', purl: 'pkg:deb/debian/bash@5.2-1?arch=arm64', ...artifact },
});

const read = (...matches: object[]) =>
  readReport(
    Buffer.from(
      JSON.stringify({
        matches,
        source: {
          type: 'image',
          target: { userInput: 'app:1', architecture: 'arm64', repoDigests: [], layers: [{ digest: 'sha256:aa' }] },
        },
        distro: { name: 'rhel', version: '9.3' },
        descriptor: {
          name: 'grype',
          version: '0.90.0',
          timestamp: '2026-01-02T00:00:00Z',
          db: { built: '2026-01-01T00:00:00Z' },
        },
      }),
    ),
    { name: 'grype.json' },
  );

describe('Grype reports', () => {
  it('give findings of OS packages, system, platform and date of the knowledge', () => {
    const report = read(match('CVE-2026-1'), match('GHSA-1', {}, { type: 'npm' }));
    expect(report).toMatchObject({
      format: 'grype',
      createdAt: '2026-01-02T00:00:00Z',
      knowledgeAt: '2026-01-01T00:00:00Z',
      scanner: { name: 'grype', version: '0.90.0' },
      artifact: { name: 'app:1', diffIds: ['sha256:aa'] },
      os: { family: 'redhat', name: '9.3' },
      platform: { architecture: 'arm64' },
      coversOsPackages: true,
      otherFindings: 1,
    });
    expect(report.findings).toMatchObject([
      {
        vulnerability: 'CVE-2026-1',
        severity: 'LOW',
        status: 'affected',
        package: { name: 'bash', architecture: 'arm64' },
      },
    ]);
    expect(report.findings[0]).not.toHaveProperty('fixedVersion');
  });

  it.each([
    ['fixed', ['5.2-2'], 'fixed', '5.2-2'],
    ['fixed', ['5.2-2', '5.3-1'], 'fixed', '5.2-2, 5.3-1'],
    ['wont-fix', [], 'will_not_fix', undefined],
    ['unknown', [], 'affected', undefined],
  ])('state %s with versions %j is %s', (state, versions, status, fixedVersion) => {
    const [finding] = read(match('CVE-2026-1', { fix: { state, versions } })).findings;
    expect([finding?.status, finding?.fixedVersion]).toEqual([status, fixedVersion]);
  });

  it("name the CVE of a distribution's own ID when it is about one only", () => {
    const related = (...ids: string[]) => ({
      ...match('ELSA-2026-1'),
      relatedVulnerabilities: ids.map((id) => ({ id })),
    });
    const report = read(related('CVE-2026-1'), related('CVE-2026-1', 'CVE-2026-2'));
    expect(report.findings.map(({ vulnerability, vendorIds }) => [vulnerability, vendorIds])).toEqual([
      ['CVE-2026-1', ['ELSA-2026-1']],
      ['ELSA-2026-1', []],
    ]);
  });

  it('are refused when a member has the wrong type', () => {
    expect(() => read({ vulnerability: { id: 1 }, artifact: { name: 'x' } })).toThrow(/matches\.0\.vulnerability\.id/);
  });
});
