import type { CommandDefinition } from '../definition.ts';
import { NETWORK_OPTIONS } from '../options.ts';

export const inventory: CommandDefinition = {
  name: 'inventory',
  summary: 'list the OS packages of an image, or write its SBOM',
  description:
    'Reads the operating system and the package databases (dpkg, apk, rpm) of an image layer by layer. A layer that was read before is not pulled again. What cannot be read or is not known is said and ends with exit code 4: an unknown image is never shown as an empty one.',
  arguments: [
    { name: 'image', description: 'registry/repo:tag, registry/repo@sha256:…, oci:DIR[:tag] or docker-archive:FILE' },
  ],
  options: [
    {
      flags: '-f, --format <format>',
      description: 'table, json, or an SBOM: CycloneDX 1.6 or SPDX 2.3 JSON (default: as --output)',
      choices: ['table', 'json', 'cyclonedx', 'spdx'],
      noEnvironment: true,
    },
    { flags: '--platform <platform>', description: 'OS/ARCH[/VARIANT] of a multi-platform image' },
    ...NETWORK_OPTIONS,
  ],
  examples: [
    {
      command: 'suture inventory registry.example.org/team/app:1.4',
      comment: 'what is installed, and from which layer',
    },
    {
      command: 'suture inventory --format cyclonedx oci:./image > sbom.cdx.json',
      comment: 'an SBOM that is the same, byte for byte, each time',
    },
  ],
  async run(invocation) {
    const { runInventory } = await import('../inventory.ts');
    return runInventory(invocation);
  },
};
