import type { Descriptor } from './model.ts';
import type { ParsedManifest } from './schema.ts';

/** The manifest that this one is about; undefined for an image of its own. */
export function subjectOf(parsed: ParsedManifest | undefined): Descriptor | undefined {
  if (parsed === undefined) return undefined;
  return parsed.kind === 'index' ? parsed.index.subject : parsed.manifest.subject;
}

/** The distribution specification's referrers descriptor: artifact type (else config type) and annotations of the manifest. */
export function describeReferrer(entry: Descriptor, parsed: ParsedManifest): Descriptor {
  const { mediaType, digest, size } = entry;
  const body = parsed.kind === 'index' ? parsed.index : parsed.manifest;
  const artifactType = body.artifactType ?? (parsed.kind === 'manifest' ? parsed.manifest.config.mediaType : undefined);
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(body.annotations === undefined ? {} : { annotations: body.annotations }),
  };
}
