import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../../src/core/digest.ts';
import { collect, fromBytes } from '../../src/core/streams.ts';
import { type Descriptor, type HistoryEntry, type Image, type Index, MEDIA_TYPES } from '../../src/oci/model.ts';
import { parseConfig, parseManifest } from '../../src/oci/schema.ts';
import { writeTar } from '../../src/oci/tar/write.ts';

/** A small valid image in memory; each layer is a map of file names to contents. */
export async function makeImage(
  options: {
    family?: 'oci' | 'docker';
    layers?: readonly Readonly<Record<string, string>>[];
    history?: readonly HistoryEntry[];
    config?: Readonly<Record<string, unknown>>;
    manifest?: Readonly<Record<string, unknown>>;
    indent?: number;
  } = {},
): Promise<Image> {
  const docker = options.family === 'docker';
  const tars = await Promise.all((options.layers ?? [{ 'etc/os-release': 'ID=debian\n' }]).map(makeTar));
  const blobs = tars.map((tar) => gzipSync(tar));
  const describe = (mediaType: string, bytes: Uint8Array) => ({ mediaType, size: bytes.length, digest: sha256(bytes) });
  const history = options.history ?? tars.map((_, at) => ({ created_by: `layer ${at}` }));
  const config = {
    architecture: 'amd64',
    os: 'linux',
    created: '2026-01-01T00:00:00Z',
    config: { Cmd: ['sh'] },
    ...options.config,
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => sha256(tar)) },
    history,
  };
  const rawConfig = Buffer.from(JSON.stringify(config, undefined, options.indent));
  const mediaType = docker ? MEDIA_TYPES.dockerManifest : MEDIA_TYPES.ociManifest;
  const layerType = docker ? MEDIA_TYPES.dockerLayerGzip : MEDIA_TYPES.ociLayerGzip;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: describe(docker ? MEDIA_TYPES.dockerConfig : MEDIA_TYPES.ociConfig, rawConfig),
    layers: blobs.map((blob) => describe(layerType, blob)),
    ...options.manifest,
  };
  const rawManifest = Buffer.from(JSON.stringify(manifest, undefined, options.indent));
  const parsed = parseManifest(rawManifest, mediaType);
  if (parsed.kind !== 'manifest') throw new Error('not a manifest');
  return {
    kind: 'image',
    descriptor: describe(mediaType, rawManifest),
    rawManifest,
    manifest: parsed.manifest,
    rawConfig,
    config: parseConfig(rawConfig),
    layers: parsed.manifest.layers.map((descriptor, at) => ({
      descriptor,
      diffId: sha256(tars[at] as Uint8Array),
      compressed: () => fromBytes(blobs[at] as Uint8Array),
    })),
  };
}

export function makeTar(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const owner = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
  const entries = Object.entries(files).map(([name, text]) => {
    const data = Buffer.from(text);
    return { ...owner, name, type: 'file' as const, size: data.length, body: () => [data] };
  });
  return collect(writeTar(entries), 1 << 24, 'tar');
}

export function makeIndex(manifests: readonly Descriptor[], extra: Readonly<Record<string, unknown>> = {}): Index {
  const mediaType = MEDIA_TYPES.ociIndex;
  const rawManifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests, ...extra }));
  const parsed = parseManifest(rawManifest, mediaType);
  if (parsed.kind !== 'index') throw new Error('not an index');
  return {
    kind: 'index',
    descriptor: { mediaType, digest: sha256(rawManifest), size: rawManifest.length },
    rawManifest,
    index: parsed.index,
  };
}

export async function withDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'suture-test-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export function hasTool(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, name)));
}

export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The shared fixtures lie beside the checkout on development machines only. */
export function sharedImage(name: string): string {
  return join(import.meta.dirname, '../../../shared/fixtures/images', name);
}
