import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeImage, makeIndex } from '../../test/support/images.ts';
import { prepared } from '../../test/support/scan-command.ts';
import { writeImage } from '../oci/copy.ts';
import { openLayout } from '../oci/layout/layout.ts';

const STATUS = 'Package: bash\nStatus: install ok installed\nMaintainer: A\nArchitecture: any\nVersion: 5.2-2\n';

/** A layout whose tag `1` is an index of Debian images for these platforms. */
async function indexOf(directory: string, architectures: readonly string[]): Promise<string> {
  const layout = await openLayout(directory, { create: true });
  const manifests = [];
  for (const architecture of architectures) {
    const files = { 'etc/debian_version': '12.5\n', 'var/lib/dpkg/status': STATUS };
    const image = await makeImage({ layers: [files], config: { architecture } });
    await writeImage(image, layout);
    manifests.push({ ...image.descriptor, platform: { os: 'linux', architecture } });
  }
  const { rawManifest, descriptor } = makeIndex(manifests);
  await layout.putManifest(rawManifest, descriptor.mediaType, '1');
  return `oci:${directory}:1`;
}

it('takes of an index the image for linux/amd64 where there is none for the machine, and says so', () =>
  prepared(async (run, directory) => {
    const name = await indexOf(join(directory, 'index'), ['s390x', 'amd64']);
    const { code, stdout, stderr } = await run('scan', '--quiet', name);
    expect(code).toBe(0);
    expect(stdout).toMatch(/debian 12\.5, linux\/amd64/);
    expect(stdout).toMatch(/CVE-2026-1 +bash/);
    expect(stderr).toMatch(/is an index; this is its image for linux\/amd64 \(--platform chooses\)/);
    const chosen = await run('scan', '--quiet', '--platform', 'linux/s390x', name);
    expect(chosen.stdout).toMatch(/linux\/s390x/);
    expect(chosen.stderr).toBe('');
  }));

it('asks for a choice where neither is there', () =>
  prepared(async (run, directory) => {
    const name = await indexOf(join(directory, 'index'), ['s390x', 'ppc64le']);
    const { code, stderr } = await run('scan', '--quiet', name);
    expect(code).toBe(2);
    expect(stderr).toMatch(/PLATFORM_NEEDED/);
    expect(stderr).toMatch(/index of 2 images: linux\/s390x, linux\/ppc64le/);
  }));
