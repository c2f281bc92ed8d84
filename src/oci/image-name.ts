import { type Digest, isDigest } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';
import { formatReference, parseReference, type Reference } from './reference.ts';

/** What a person may write for IMAGE: a name in a registry, an OCI image layout directory, or a docker-archive file. */
export type ImageName =
  | ({ readonly kind: 'registry' } & Reference)
  | { readonly kind: 'layout'; readonly directory: string; readonly tag?: string; readonly digest?: Digest }
  /** `tag` is a canonical reference with a tag (`docker.io/library/app:1`), or `@N`: the N-th image of the archive, from 0. */
  | { readonly kind: 'archive'; readonly file: string; readonly tag?: string };

// containers/image oci/internal: what may stand in the annotation org.opencontainers.image.ref.name.
const LAYOUT_TAG = /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/;
const OTHER_TRANSPORTS = [
  'dir:',
  'docker-daemon:',
  'oci-archive:',
  'containers-storage:',
  'ostree:',
  'sif:',
  'tarball:',
];

function invalid(text: string, reason: string): SutureError {
  return new SutureError('REFERENCE_INVALID', `"${text.slice(0, 300)}" is not an image name: ${reason}`);
}

/**
 * Parses an IMAGE argument in the spellings of skopeo: `[docker://]REFERENCE`, `oci:DIR[:TAG]`, `oci:DIR@sha256:…`,
 * `docker-archive:FILE[:REFERENCE|:@N]`. As in skopeo, DIR and FILE end at the first colon.
 * @throws SutureError REFERENCE_INVALID
 */
export function parseImageName(text: string): ImageName {
  if (text.startsWith('docker://')) return { kind: 'registry', ...parseReference(text.slice('docker://'.length)) };
  if (text.startsWith('oci:')) return parseLayoutName(text);
  if (text.startsWith('docker-archive:')) return parseArchiveName(text);
  const other = OTHER_TRANSPORTS.find((prefix) => text.startsWith(prefix));
  if (other !== undefined && /[/@]|:.*:/.test(text)) {
    throw invalid(text, `"${other}" is not supported; copy it to oci:DIR or docker-archive:FILE first`);
  }
  return { kind: 'registry', ...parseReference(text) };
}

function parseLayoutName(text: string): ImageName {
  const rest = text.slice('oci:'.length);
  const at = rest.lastIndexOf('@');
  const digest = rest.slice(at + 1);
  if (at >= 0 && isDigest(digest)) {
    const directory = rest.slice(0, at);
    if (directory === '') throw invalid(text, 'the directory is missing');
    if (directory.includes(':')) throw invalid(text, 'give a tag or a digest, not both');
    return { kind: 'layout', directory, digest };
  }
  if (/@sha(?:256|512):/.test(rest)) throw invalid(text, 'the digest is malformed (sha256:<64 hex> expected)');
  const { path, name } = splitPath(text, rest);
  if (name === undefined) return { kind: 'layout', directory: path };
  if (!LAYOUT_TAG.test(name)) throw invalid(text, `"${name}" is not a tag of an image layout`);
  return { kind: 'layout', directory: path, tag: name };
}

function parseArchiveName(text: string): ImageName {
  const { path, name } = splitPath(text, text.slice('docker-archive:'.length));
  if (name === undefined) return { kind: 'archive', file: path };
  if (/^@(?:0|[1-9][0-9]{0,5})$/.test(name)) return { kind: 'archive', file: path, tag: name };
  const reference = parseReference(name);
  if (reference.digest !== undefined) throw invalid(text, 'an archive names its images by tag, not by digest');
  return { kind: 'archive', file: path, tag: formatReference({ ...reference, tag: reference.tag ?? 'latest' }) };
}

function splitPath(text: string, rest: string): { path: string; name?: string } {
  const colon = rest.indexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (path === '' || path.includes('\0')) throw invalid(text, 'the path is missing');
  if (colon < 0) return { path };
  const name = rest.slice(colon + 1);
  if (name === '') throw invalid(text, 'nothing follows the last colon');
  return { path, name };
}

/** The spelling that `parseImageName` reads back to the same name. */
export function formatImageName(name: ImageName): string {
  switch (name.kind) {
    case 'registry':
      return formatReference(name);
    case 'layout': {
      const target = name.digest === undefined ? (name.tag === undefined ? '' : `:${name.tag}`) : `@${name.digest}`;
      return `oci:${name.directory}${target}`;
    }
    case 'archive':
      return `docker-archive:${name.file}${name.tag === undefined ? '' : `:${name.tag}`}`;
  }
}
