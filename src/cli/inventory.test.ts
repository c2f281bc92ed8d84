import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeImage, withDirectory } from '../../test/support/images.ts';
import { openLayout } from '../oci/layout/layout.ts';
import type { Image } from '../oci/model.ts';
import { COMMANDS } from './commands/index.ts';
import { runProgram } from './program.ts';

const LAYERS = [
  {
    'etc/alpine-release': '3.19.1\n',
    'lib/apk/db/installed':
      'P:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\n\nP:ssl_client\nV:1.36.1-r15\nA:x86_64\nL:GPL-2.0-only\no:busybox\nD:musl\n\n',
  },
  {
    'lib/apk/db/installed':
      'P:musl\nV:1.2.4-r3\nA:x86_64\nL:MIT\no:musl\n\nP:ssl_client\nV:1.36.1-r15\nA:x86_64\nL:GPL-2.0-only\no:busybox\nD:musl\n\n',
  },
];

async function store(image: Image, directory: string): Promise<string> {
  const layout = await openLayout(directory, { create: true });
  const { config } = image.manifest;
  await layout.putBlob(config, async function* () {
    yield image.rawConfig;
  });
  for (const layer of image.layers) await layout.putBlob(layer.descriptor, () => layer.compressed());
  await layout.putManifest(image.rawManifest, image.descriptor.mediaType, 'app');
  return `oci:${directory}:app`;
}

async function suture(directory: string, ...line: string[]) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTerminal: false,
    columns: 200,
  });
  const code = await runProgram(COMMANDS, '0', ['inventory', ...line, '--cache-dir', join(directory, 'cache')], {
    terminal: { stdout: stream('stdout'), stderr: stream('stderr') },
    environment: {},
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

describe('suture inventory', () => {
  it('shows packages with source and layer', () =>
    withDirectory(async (directory) => {
      const name = await store(await makeImage({ layers: LAYERS }), join(directory, 'image'));
      const { code, stdout } = await suture(directory, name);
      expect(code).toBe(0);
      expect(stdout).toContain('alpine 3.19.1, 2 packages');
      expect(stdout).toMatch(/^musl +1\.2\.4-r3 +x86_64 +2$/m);
      expect(stdout).toMatch(/^ssl_client +1\.36\.1-r15 +x86_64 +1 +busybox$/m);
    }));

  it('names what it does not list, in every format, and is complete all the same', () =>
    withDirectory(async (directory) => {
      const layers = [...LAYERS, { 'app/node_modules/a/package.json': '{}', 'app/app.spdx.json': '{}' }];
      const name = await store(await makeImage({ layers }), join(directory, 'image'));
      const { code, stdout } = await suture(directory, name);
      expect(code).toBe(0);
      expect(stdout).toContain('1 Node.js package in app/node_modules (1) is not compared with any advisory');
      expect(stdout).toContain('1 SBOM file in app (1) is not read');
      for (const format of ['cyclonedx', 'spdx', 'json'])
        expect((await suture(directory, '--format', format, name)).stdout).toContain('app/node_modules');
    }));

  it('writes the formats that can be asked for, each the same twice', () =>
    withDirectory(async (directory) => {
      const name = await store(await makeImage({ layers: LAYERS }), join(directory, 'image'));
      const formats = {
        cyclonedx: '"bomFormat": "CycloneDX"',
        spdx: '"spdxVersion": "SPDX-2.3"',
        json: '"kind": "Inventory"',
      };
      for (const [format, sign] of Object.entries(formats)) {
        const { code, stdout } = await suture(directory, '--format', format, name);
        expect(code).toBe(0);
        expect(stdout).toContain(sign);
        expect(() => JSON.parse(stdout) as unknown).not.toThrow();
        expect((await suture(directory, '--format', format, name)).stdout).toBe(stdout);
      }
      expect((await suture(directory, '--output', 'json', name)).stdout).toContain(formats.json);
    }));

  it('reads a known image without its layers', () =>
    withDirectory(async (directory) => {
      const image = await makeImage({ layers: LAYERS });
      const name = await store(image, join(directory, 'image'));
      const first = await suture(directory, name);
      await rm(join(directory, 'cache/layers'), { recursive: true });
      const blobs = join(directory, 'image/blobs/sha256');
      for (const { descriptor } of image.layers) await rm(join(blobs, descriptor.digest.slice(7)));
      expect((await suture(directory, name)).stdout).toBe(first.stdout);
    }));

  it('ends with 4 and says why when the image is not known', () =>
    withDirectory(async (directory) => {
      const name = await store(await makeImage({ layers: [{ 'app/main': 'x' }] }), join(directory, 'image'));
      const { code, stdout } = await suture(directory, name);
      expect(code).toBe(4);
      expect(stdout).toContain('2 problems: this inventory is not complete');
      expect(stdout).toContain('the image has no package database');
      const sbom = await suture(directory, '--format', 'cyclonedx', name);
      expect(sbom.code).toBe(4);
      expect(sbom.stdout).toContain('no-packages: the image has no package database');
    }));
});
