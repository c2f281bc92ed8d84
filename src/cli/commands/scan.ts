import type { CommandDefinition } from '../definition.ts';
import { NETWORK_OPTIONS } from '../options.ts';
import { EXIT_OPTIONS, FILTER_OPTIONS, KNOWLEDGE_OPTIONS } from './scan-options.ts';

export const scan: CommandDefinition = {
  name: 'scan',
  summary: 'list the vulnerabilities of an image, an SBOM or a report',
  description:
    'Compares the OS packages of an image with the vulnerability database exactly as Trivy does, without running anything and, for an image whose layers were read before, without pulling anything. A file may be an SBOM (CycloneDX or SPDX JSON) or a Trivy report with packages, which are compared anew, or a report of Trivy or Grype, which is taken at its word. What is not known (no advisories for the release, unreadable package database, packages of other vendors, a database that is too old) is said in every format and is never shown as clean.',
  arguments: [
    {
      name: 'target',
      description:
        'registry/repo:tag, registry/repo@sha256:…, oci:DIR[:tag], docker-archive:FILE, or a file: SBOM or report',
    },
  ],
  options: [
    {
      flags: '-f, --format <format>',
      description: "json is Trivy's schema; github is a step summary (default: as --output)",
      choices: ['table', 'json', 'sarif', 'cyclonedx', 'junit', 'gitlab', 'github', 'markdown', 'html'],
      noEnvironment: true,
    },
    { flags: '--output-file <file>', description: 'write there, as a whole or not at all', noEnvironment: true },
    { flags: '--platform <platform>', description: 'OS/ARCH[/VARIANT] of a multi-platform image' },
    ...FILTER_OPTIONS,
    ...KNOWLEDGE_OPTIONS,
    ...EXIT_OPTIONS,
    {
      flags: '--exit-on-eol <code>',
      description: 'exit code when the release gets no more advisories; 0 allows it',
      default: 4,
    },
    {
      flags: '--exit-on-unknown <code>',
      description: 'exit code when nothing is known about the image; 0 allows it',
      default: 4,
    },
    {
      flags: '--scanner <scanner>',
      description: 'trivy runs a Trivy program, offline, with its own database',
      choices: ['native', 'trivy'],
      default: 'native',
    },
    { flags: '--trivy <path>', description: 'the Trivy program', default: 'trivy' },
    {
      flags: '--trivy-server <url>',
      description: 'let a Trivy server do the comparing; its token comes from TRIVY_TOKEN',
    },
    ...NETWORK_OPTIONS,
  ],
  examples: [
    { command: 'suture scan registry.example.org/team/app:1.4', comment: 'what is vulnerable, and what has a fix' },
    {
      command: 'suture scan --format sarif --output-file app.sarif --fail-on high oci:./image',
      comment: 'for code scanning; fails the job on high and critical findings',
    },
    {
      command: 'suture scan --ignore-unfixed --vex app.vex.json sbom.cdx.json',
      comment: 'an SBOM against the newest database, with what is known not to matter set aside',
    },
  ],
  async run(invocation) {
    const { runScan } = await import('../scanning.ts');
    return runScan(invocation);
  },
};
