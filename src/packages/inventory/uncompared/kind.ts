import type { ByteString } from '../../../core/bytes.ts';

/** `component`: of any language, in a document about an image. */
export const UNCOMPARED_KINDS = [
  'component',
  'composer',
  'conda',
  'dotnet',
  'go',
  'java',
  'node',
  'python',
  'ruby',
  'rust',
  'sbom',
] as const;

/** What lies in an image beside the packages of its system, and is compared with no advisory. */
export type UncomparedKind = (typeof UNCOMPARED_KINDS)[number];

/** One of them in one layer; `place` and `name` together are a path relative to the root. */
export interface UncomparedFile {
  readonly kind: UncomparedKind;
  /** Directory under which such packages lie: `usr/lib/node_modules`; '' is the root. */
  readonly place: ByteString;
  /** Below the place: `npm`, `requests-2.31.0.dist-info`, `app.jar`. */
  readonly name: ByteString;
}

/** Endings by which Trivy takes a file for an SBOM, wherever it lies. */
const SBOM = /\.(?:spdx|cdx)(?:\.json)?$/;
const ARCHIVE = /\.(?:jar|war|ear|par)$/i;
const NODE = /^(?:(.*?)\/)??node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+\/package\.json$/;
const PYTHON = /^(?:(.*)\/)?([^/]+\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg\/EGG-INFO\/PKG-INFO|egg-info))$/;
const RUBY = /^(?:(.*?)\/)??specifications\/.+\.gemspec$/;
const COMPOSER = /(?:^|\/)vendor\/composer\/installed\.json$/;
const CONDA = /(?:^|\/)conda-meta\/[^/]+\.json$/;

/**
 * What a regular file says by its path: the places where Trivy finds SBOMs, and packages of languages that are installed. Of
 * SBOMs and archives the file counts, for what is in them is not read.
 */
export function uncomparedFile(path: ByteString): UncomparedFile | undefined {
  if (SBOM.test(path)) return inDirectory('sbom', path);
  if (path.endsWith('/package.json')) return belowPlace('node', path, NODE, 'node_modules', '/package.json');
  if (/(?:METADATA|PKG-INFO|\.egg-info)$/.test(path)) return pythonPackage(path);
  if (path.endsWith('.gemspec')) return belowPlace('ruby', path, RUBY, 'specifications', '');
  if (ARCHIVE.test(path)) return inDirectory('java', path);
  if (path.endsWith('.deps.json')) return inDirectory('dotnet', path);
  if (COMPOSER.test(path)) return inDirectory('composer', path);
  return CONDA.test(path) ? inDirectory('conda', path) : undefined;
}

export function inDirectory(kind: UncomparedKind, path: ByteString): UncomparedFile {
  const slash = path.lastIndexOf('/');
  return { kind, place: slash < 0 ? '' : path.slice(0, slash), name: path.slice(slash + 1) };
}

/** @param pattern of which the first group is what stands before the outermost directory of that name */
function belowPlace(
  kind: UncomparedKind,
  path: ByteString,
  pattern: RegExp,
  directory: string,
  ending: string,
): UncomparedFile | undefined {
  const match = pattern.exec(path);
  if (match === null) return undefined;
  const place = match[1] === undefined ? directory : `${match[1]}/${directory}`;
  return { kind, place, name: path.slice(place.length + 1, path.length - ending.length) };
}

function pythonPackage(path: ByteString): UncomparedFile | undefined {
  const match = PYTHON.exec(path);
  if (match?.[2] === undefined) return undefined;
  // The directory: it is what an upper layer removes.
  const name = match[2].split('/')[0] ?? '';
  return { kind: 'python', place: match[1] ?? '', name };
}
