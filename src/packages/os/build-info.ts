import { type ByteString, byteStringToText } from '../../core/bytes.ts';
import type { BuildInfo } from '../inventory/types.ts';

const MANIFEST_DIRECTORIES = ['root/buildinfo/content_manifests/', 'usr/share/buildinfo/'];
const DOCKERFILE = 'root/buildinfo/Dockerfile';

/** True for a file, relative to the root, in which Red Hat records how a layer was built. */
export function isBuildInfoFile(path: string): boolean {
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  if (MANIFEST_DIRECTORIES.includes(directory)) return path.endsWith('.json');
  return directory === 'root/buildinfo/' && path.startsWith(DOCKERFILE);
}

/** What such a file says: content sets (JSON) or name-version-release and architecture (Dockerfile). Undefined for nothing. */
export function readBuildInfo(path: string, content: ByteString): BuildInfo | undefined {
  const text = byteStringToText(content);
  return path.startsWith(DOCKERFILE) ? readDockerfile(path, text) : readManifest(text);
}

/** Of one layer: the fields of later files over those of earlier ones. */
export function mergeBuildInfo(known: BuildInfo | undefined, added: BuildInfo): BuildInfo {
  return { ...known, ...added };
}

/**
 * The build information that holds for a layer: its own; for the lowest layer else that of the one above it; for any
 * other the nearest below. Red Hat writes it in the layer above the packages, and layers built on top have none.
 */
export function buildInfoOf(layer: number, infos: readonly (BuildInfo | undefined)[]): BuildInfo | undefined {
  if (infos[layer] !== undefined) return infos[layer];
  if (layer === 0) return infos[1];
  return infos.slice(0, layer).findLast((info) => info !== undefined);
}

function readManifest(text: string): BuildInfo | undefined {
  let sets: unknown;
  try {
    sets = (JSON.parse(text) as { content_sets?: unknown } | null)?.content_sets;
  } catch {
    return undefined;
  }
  const names = Array.isArray(sets) ? sets.filter((name): name is string => typeof name === 'string') : [];
  return names.length === 0 ? undefined : { contentSets: names };
}

function readDockerfile(path: string, text: string): BuildInfo | undefined {
  const variables = new Map<string, string>();
  let component = '';
  let arch = '';
  for (const { instruction, pairs } of instructions(text)) {
    for (const [name, raw] of pairs) {
      const value = instruction === 'ENV' ? raw : expand(raw, variables);
      if (instruction !== 'LABEL') variables.set(name, value);
      else if (/^(?:com\.redhat\.component|bzcomponent)$/i.test(name)) component = value;
      else if (/^architecture$/i.test(name)) arch = value;
    }
  }
  // Dockerfile-ubi8-8.3-227 → 8.3-227
  const version = /([^-]*-[^-]*)$/.exec(path.slice(path.lastIndexOf('/') + 1))?.[1] ?? '';
  return component === '' || arch === '' ? undefined : { nvr: `${component}-${version}`, arch };
}

interface Instruction {
  readonly instruction: string;
  readonly pairs: readonly (readonly [string, string])[];
}

/** LABEL, ENV and ARG with their `name=value` pairs, or the older `name rest of the line`. */
function instructions(text: string): Instruction[] {
  const lines = text
    .replace(/^\s*#.*$/gm, '')
    .replace(/\\[ \t]*\r?\n/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const match = /^\s*(LABEL|ENV|ARG)\s+(.*\S)/i.exec(line);
    if (match === null) return [];
    const [, keyword = '', rest = ''] = match;
    return [{ instruction: keyword.toUpperCase(), pairs: pairsOf(rest) }];
  });
}

const PAIR = /("(?:[^"\\]|\\.)*"|[^\s"=]+)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s"'\\]|\\.)*)/g;

function pairsOf(rest: string): (readonly [string, string])[] {
  const pairs = [...rest.matchAll(PAIR)].map(([, name = '', value = '']) => [unquote(name), unquote(value)] as const);
  const old = /^([^\s=]+)\s+(.*)$/.exec(rest);
  return old === null || pairs.length > 0 ? pairs : [[old[1] ?? '', unquote(old[2] ?? '')]];
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  return quoted ? (quoted[2] ?? '') : text;
}

function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced?: string, bare?: string) => variables.get(braced ?? bare ?? '') ?? '',
  );
}
