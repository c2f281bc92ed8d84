import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Unpacks the layers of a docker-archive one over the other; the images it is for have no white-outs. */
export function unpackImage(file: string, root: string): void {
  const archive = mkdtempSync(join(tmpdir(), 'suture-image-'));
  try {
    execFileSync('tar', ['-xzf', file, '-C', archive]);
    const [manifest] = JSON.parse(readFileSync(join(archive, 'manifest.json'), 'utf8')) as { Layers: string[] }[];
    mkdirSync(root, { recursive: true });
    for (const layer of manifest?.Layers ?? []) {
      execFileSync('tar', ['-xpf', join(archive, layer), '-C', root, '--numeric-owner']);
    }
  } finally {
    rmSync(archive, { recursive: true, force: true });
  }
}
