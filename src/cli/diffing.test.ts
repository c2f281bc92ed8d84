import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BASH, prepared, sbom } from '../../test/support/scan-command.ts';

interface DiffJson {
  readonly packages: unknown;
  readonly findings: {
    readonly added: readonly { readonly vulnerability: string }[];
    readonly remaining: readonly { readonly vulnerability: string }[];
    readonly gone: readonly { readonly vulnerability: string; readonly why: string }[];
  };
}

const parsed = (text: string) => JSON.parse(text) as DiffJson;

describe('suture diff', () => {
  const PATCHED = 'pkg:deb/debian/bash@5.2-3?arch=amd64&distro=debian-12.5';
  const OLD_ZLIB = 'pkg:deb/debian/zlib@1.3-0?arch=amd64&epoch=1&distro=debian-12.5';

  it('tells fixed, new and remaining findings, and changed packages', () =>
    prepared(async (run, directory) => {
      const [a, b] = [join(directory, 'a.cdx.json'), join(directory, 'b.cdx.json')];
      await writeFile(a, sbom('12.5', [BASH]));
      await writeFile(b, sbom('12.5', [PATCHED, OLD_ZLIB]));
      const { code, stdout } = await run('diff', '--output', 'json', a, b);
      expect(code).toBe(0);
      const ids = (list: readonly { readonly vulnerability: string }[]) =>
        list.map(({ vulnerability }) => vulnerability);
      const { packages, findings } = parsed(stdout);
      expect(packages).toEqual([
        { name: 'bash', architecture: 'amd64', from: '5.2-2', to: '5.2-3' },
        { name: 'zlib', architecture: 'amd64', to: '1:1.3-0' },
      ]);
      expect(findings.gone).toMatchObject([{ vulnerability: 'CVE-2026-1', why: 'fixed' }]);
      expect([ids(findings.added), ids(findings.remaining)]).toEqual([['CVE-2026-3'], ['CVE-2026-2']]);
      expect((await run('diff', '--exit-code', '6', a, b)).code).toBe(6);
      expect((await run('diff', '--exit-code', '6', a, a)).code).toBe(0);
      expect((await run('diff', a, b)).stdout).toMatch(/1 fixed, 1 new, 1 remaining; 2 packages changed/);
      expect((await run('diff', '--format', 'markdown', b, a)).stdout).toMatch(/\| `zlib` \| `1:1\.3-0` \| `—` \|/);
      expect(parsed((await run('diff', '--output', 'json', b, a)).stdout).findings.gone).toMatchObject([
        { vulnerability: 'CVE-2026-3', why: 'removed' },
      ]);
    }));

  it('never calls a finding fixed when nothing is known about the second', () =>
    prepared(async (run, directory) => {
      const unknown = join(directory, 'unknown.cdx.json');
      await writeFile(unknown, sbom('14.1', [BASH]));
      const { code, stdout } = await run('diff', '--output', 'json', join(directory, 'app.cdx.json'), unknown);
      expect(code).toBe(4);
      expect(new Set(parsed(stdout).findings.gone.map(({ why }) => why))).toEqual(new Set(['unknown']));
    }));
});
