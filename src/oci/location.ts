import type { Digest } from '../core/digest.ts';
import { createArchive } from './archive/sink.ts';
import { openArchive } from './archive/source.ts';
import { type ImageName, parseImageName } from './image-name.ts';
import { openLayout } from './layout/layout.ts';
import type { Reference } from './reference.ts';
import type { ImageSink, ImageSource } from './source.ts';

export interface LocationContext {
  /** Opens the repository of a registry reference; called for registry names only. */
  readonly openRegistry: (reference: Reference) => Promise<ImageSource & ImageSink> | (ImageSource & ImageSink);
  /** Names of all repositories of a registry, where it offers a catalog. */
  readonly catalog?: (host: string) => AsyncIterable<string>;
  /** Where a compressed archive is decompressed to; default the system's. */
  readonly temporaryDirectory?: string;
}

/** Where an image is read from. */
export interface Location {
  readonly name: ImageName;
  readonly source: ImageSource;
  /** For `source.resolve`: the name's digest, else its tag; without either `latest` in a registry, elsewhere the only image. */
  readonly target: Digest | string;
  close(): Promise<void>;
}

/** Where an image is written to. */
export interface SinkLocation {
  readonly name: ImageName;
  readonly sink: ImageSink;
  /** The tag to put the manifest under; undefined to put it by digest only (name@digest, or no tag in a layout). */
  readonly tag: string | undefined;
  close(): Promise<void>;
}

const nothing = () => Promise.resolve();

/**
 * Opens an IMAGE argument for reading: registry, layout and archive behind one interface.
 * @throws SutureError REFERENCE_INVALID, IMAGE_NOT_FOUND, IMAGE_INVALID, and those of the registry
 */
export async function openLocation(name: string | ImageName, context: LocationContext): Promise<Location> {
  const parsed = typeof name === 'string' ? parseImageName(name) : name;
  switch (parsed.kind) {
    case 'registry': {
      const source = await context.openRegistry(parsed);
      return { name: parsed, source, target: parsed.digest ?? parsed.tag ?? 'latest', close: nothing };
    }
    case 'layout': {
      const source = await openLayout(parsed.directory);
      const target = parsed.digest ?? parsed.tag ?? (await source.single()).digest;
      return { name: parsed, source, target, close: nothing };
    }
    case 'archive':
      return openArchiveLocation(parsed, parsed.file, parsed.tag, context.temporaryDirectory);
  }
}

async function openArchiveLocation(
  name: ImageName,
  file: string,
  tag: string | undefined,
  temporaryDirectory: string | undefined,
): Promise<Location> {
  const source = await openArchive(file, temporaryDirectory === undefined ? {} : { temporaryDirectory });
  try {
    return { name, source, target: tag ?? (await source.single()).digest, close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * Opens an IMAGE argument for writing; a layout is made when there is none, an archive is replaced by what is put.
 * @throws SutureError REFERENCE_INVALID, FILE_UNWRITABLE, IMAGE_INVALID, and those of the registry
 */
export async function openSink(name: string | ImageName, context: LocationContext): Promise<SinkLocation> {
  const parsed = typeof name === 'string' ? parseImageName(name) : name;
  switch (parsed.kind) {
    case 'registry': {
      const tag = parsed.tag ?? (parsed.digest === undefined ? 'latest' : undefined);
      return { name: parsed, sink: await context.openRegistry(parsed), tag, close: nothing };
    }
    case 'layout': {
      const sink = await openLayout(parsed.directory, { create: true });
      return { name: parsed, sink, tag: parsed.tag, close: nothing };
    }
    case 'archive': {
      const sink = await createArchive(parsed.file);
      const tag = parsed.tag?.startsWith('@') ? undefined : parsed.tag;
      return { name: parsed, sink, tag, close: () => sink.close() };
    }
  }
}

/** The repository that blobs can be mounted from, when both names are of one registry and differ in the repository. */
export function mountableFrom(from: ImageName, to: ImageName): string | undefined {
  if (from.kind !== 'registry' || to.kind !== 'registry' || from.host !== to.host) return undefined;
  return from.repository === to.repository ? undefined : from.repository;
}
