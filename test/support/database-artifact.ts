import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../../src/core/digest.ts';
import { collect, fromBytes } from '../../src/core/streams.ts';
import { type Descriptor, MEDIA_TYPES } from '../../src/oci/model.ts';
import type { ImageSink } from '../../src/oci/source.ts';
import { type TarWriteEntry, writeTar } from '../../src/oci/tar/write.ts';
import { type AdvisoryTree, advisoryBuckets } from './advisory-database.ts';
import { writeBolt } from './bolt-writer.ts';

/** The smallest tree that passes for a vulnerability database; `note` makes it another one. */
export function databaseTree(note = ''): AdvisoryTree {
  return {
    'data-source': { 'debian 12': { ID: 'debian', Name: note } },
    'debian 12': { bash: { 'CVE-1': { FixedVersion: '2' } } },
    vulnerability: { 'CVE-1': { Title: note } },
  };
}

/** trivy.db of a tree, by way of a file in `directory`. */
export function databaseBytes(directory: string, tree: AdvisoryTree): Buffer {
  const path = join(directory, 'made.db');
  writeBolt(path, advisoryBuckets(tree));
  return readFileSync(path);
}

export function metadataBytes(updatedAt: string, version = 2): Buffer {
  const DownloadedAt = '0001-01-01T00:00:00Z';
  return Buffer.from(JSON.stringify({ Version: version, NextUpdate: updatedAt, UpdatedAt: updatedAt, DownloadedAt }));
}

/** db.tar.gz with these members. */
export async function databaseArchive(members: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const entries = Object.entries(members).map(
    ([name, bytes]): TarWriteEntry => ({
      name,
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: 0,
      size: bytes.length,
      body: () => [bytes],
    }),
  );
  return gzipSync(await collect(writeTar(entries), 1 << 30, 'archive'));
}

/** Pushes an archive as oras does: empty config, one layer with its title. */
export async function pushDatabase(
  sink: ImageSink,
  archive: Buffer,
  tag: string,
  layer: Partial<Descriptor> = {},
): Promise<Descriptor> {
  const empty = Buffer.from('{}');
  const describe = (bytes: Buffer, mediaType: string): Descriptor => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
  });
  const config = describe(empty, MEDIA_TYPES.ociEmpty);
  const blob = {
    ...describe(archive, 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip'),
    annotations: { 'org.opencontainers.image.title': 'db.tar.gz' },
    ...layer,
  };
  await sink.putBlob(config, () => fromBytes(empty));
  await sink.putBlob(blob, () => fromBytes(archive));
  const artifactType = 'application/vnd.aquasec.trivy.config.v1+json';
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, artifactType, config, layers: [blob] };
  return sink.putManifest(Buffer.from(JSON.stringify(manifest)), MEDIA_TYPES.ociManifest, tag);
}
