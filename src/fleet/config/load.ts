import { SutureError } from '../../core/errors/error.ts';
import { readImageListConfigMap, readPatchConfig } from './copa.ts';
import { DEFAULT_CONCURRENCY, DEFAULT_POLICY, type Fleet, POLICY_FIELDS, type PolicyField } from './fleet.ts';
import { parseImageList, readTextFile } from './image-list.ts';
import { nearest } from './messages.ts';
import { readFleet } from './native.ts';
import { YamlSource } from './yaml-source.ts';

/**
 * Reads what is to be kept patched: suture.yaml, Copa's PatchConfig, the `copa-image-list` ConfigMap, or a list with one
 * reference per line.
 * @throws SutureError CONFIGURATION naming file, line and field; FILE_UNREADABLE
 */
export async function loadFleet(file: string): Promise<Fleet> {
  const text = await readTextFile(file);
  if (!looksLikeYaml(text)) return fleetOfList(file, text);
  const source = new YamlSource(file, text);
  const { kind } = source.value as { kind?: unknown };
  switch (kind) {
    case 'Fleet':
      return readFleet(source);
    case 'PatchConfig':
      return readPatchConfig(source);
    case 'ConfigMap':
      return readImageListConfigMap(source);
    default: {
      const near = typeof kind === 'string' ? nearest(kind, KINDS) : undefined;
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      throw new SutureError(
        'CONFIGURATION',
        `${source.place(['kind'])}: kind: ${JSON.stringify(kind) ?? 'is missing'} is not ${KINDS.join(', ')}${hint}`,
      );
    }
  }
}

const KINDS = ['Fleet', 'PatchConfig', 'ConfigMap'];

/** No image reference has a blank after a colon, and none ends with one. */
function looksLikeYaml(text: string): boolean {
  return /^[A-Za-z]\w*:(?:\s|$)/m.test(text) || /^\s*[[{]/.test(text);
}

function fleetOfList(file: string, text: string): Fleet {
  const references = parseImageList(text, (line) => `${file}:${line}`);
  if (references.length === 0) throw new SutureError('CONFIGURATION', `${file} names no image`);
  return {
    file,
    sets: [
      {
        name: file,
        origin: file,
        selection: { kind: 'references', references },
        policy: DEFAULT_POLICY,
        origins: Object.fromEntries(ALL_DEFAULT) as Record<PolicyField, string>,
      },
    ],
    mirrors: [],
    keyrings: [],
    concurrency: DEFAULT_CONCURRENCY,
    notes: [],
  };
}

const ALL_DEFAULT = POLICY_FIELDS.map((field) => [field, 'default'] as const);
