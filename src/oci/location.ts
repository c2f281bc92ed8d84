import type { Digest } from '../core/digest.ts';
import { type ArchiveSink, createArchive } from './archive/sink.ts';
import { type ArchiveSource, openArchive } from './archive/source.ts';
import { type ImageName, parseImageName } from './image-name.ts';
import { type Layout, openLayout } from './layout/layout.ts';
import type { Descriptor } from './model.ts';
import type { Reference } from './reference.ts';
import type { ImageSink, ImageSource } from './source.ts';

export interface LocationContext {
  /** Opens the repository of a registry reference; called for registry names only. */
  readonly openRegistry: (reference: Reference) => Promise<ImageSource & ImageSink> | (ImageSource & ImageSink);
  /** Where a compressed archive is decompressed to; default the system's. */
  readonly temporaryDirectory?: string;
}

/** Where an image is read from. */
export interface SourceLocation {
  readonly name: ImageName;
  readonly source: ImageSource;
  /** What the name names: its digest, its tag (`latest` in a registry), or the only image of a layout or archive. */
  resolve(): Promise<Descriptor>;
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
export async function openSource(name: string | ImageName, context: LocationContext): Promise<SourceLocation> {
  const parsed = typeof name === 'string' ? parseImageName(name) : name;
  switch (parsed.kind) {
    case 'registry': {
      const source = await context.openRegistry(parsed);
      const target: Digest | string = parsed.digest ?? parsed.tag ?? 'latest';
      return { name: parsed, source, resolve: () => source.resolve(target), close: nothing };
    }
    case 'layout': {
      const source: Layout = await openLayout(parsed.directory);
      const target = parsed.digest ?? parsed.tag;
      return { name: parsed, source, resolve: () => resolveOrSingle(source, target), close: nothing };
    }
    case 'archive': {
      const { temporaryDirectory } = context;
      const source = await openArchive(parsed.file, temporaryDirectory === undefined ? {} : { temporaryDirectory });
      return { name: parsed, source, resolve: () => resolveOrSingle(source, parsed.tag), close: () => source.close() };
    }
  }
}

function resolveOrSingle(source: Layout | ArchiveSource, target: Digest | string | undefined): Promise<Descriptor> {
  return target === undefined ? source.single() : source.resolve(target);
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
      const sink: ArchiveSink = await createArchive(parsed.file);
      const tag = parsed.tag?.startsWith('@') ? undefined : parsed.tag;
      return { name: parsed, sink, tag, close: () => sink.close() };
    }
  }
}

/** The repository part of two names is the same registry: blobs can be mounted from one to the other. */
export function mountableFrom(from: ImageName, to: ImageName): string | undefined {
  if (from.kind !== 'registry' || to.kind !== 'registry' || from.host !== to.host) return undefined;
  return from.repository === to.repository ? undefined : from.repository;
}
