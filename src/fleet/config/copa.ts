import { z } from 'zod';
import { SEVERITIES, type Severity } from '../../core/severity.ts';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_POLICY,
  type Fleet,
  type ImageSet,
  POLICY_FIELDS,
  type Policy,
  type PolicyField,
  type Selection,
} from './fleet.ts';
import { checkRepository, parseImageList } from './image-list.ts';
import { checkDocument, formatPath, mistakes } from './messages.ts';
import type { TagRules } from './tag-rules.ts';
import type { Path, YamlSource } from './yaml-source.ts';

const text = z.string().min(1).max(4096);
const target = z.strictObject({ registry: text.optional(), tag: text.optional() });

/** Copa's bulk configuration, `copa.sh/v1alpha1`; its field names. */
const patchConfigSchema = z.strictObject({
  apiVersion: z.literal('copa.sh/v1alpha1'),
  kind: z.literal('PatchConfig'),
  target: target.optional(),
  images: z
    .array(
      z.strictObject({
        name: text,
        image: text,
        tags: z.strictObject({
          strategy: z.enum(['list', 'pattern', 'latest']),
          list: z.array(text).optional(),
          pattern: text.optional(),
          maxTags: z.number().int().min(0).optional(),
          exclude: z.array(text).optional(),
        }),
        target: target.optional(),
        platforms: z.array(text).optional(),
      }),
    )
    .min(1),
});

type CopaImage = z.output<typeof patchConfigSchema>['images'][number];

/**
 * Copa's PatchConfig, unchanged. Two of its defects are not kept: images whose repositories end alike do not overwrite each
 * other at the target, and tags such as `3.9.18-alpine` are not dropped as pre-releases.
 * @throws SutureError CONFIGURATION
 */
export function readPatchConfig(source: YamlSource): Fleet {
  const document = checkDocument(patchConfigSchema, source);
  const sets: ImageSet[] = [];
  const notes: string[] = [];
  for (const [at, image] of document.images.entries()) {
    const path = ['images', at];
    const registry = image.target?.registry ?? document.target?.registry;
    const copaTag = image.target?.tag ?? document.target?.tag ?? '{{ .SourceTag }}-patched';
    const tag = tagTemplate(
      copaTag,
      source,
      image.target?.tag === undefined ? ['target', 'tag'] : [...path, 'target', 'tag'],
    );
    const platform = image.platforms?.length === 1 ? image.platforms[0] : undefined;
    if ((image.platforms?.length ?? 0) > 1)
      notes.push(
        `${source.place([...path, 'platforms'])}: every platform of ${image.name} is patched, as none needs emulation`,
      );
    const policy: Policy = {
      ...DEFAULT_POLICY,
      tag,
      ...(registry === undefined ? {} : { target: registry.replace(/\/+$/, '') }),
      ...(platform === undefined ? {} : { platform }),
    };
    sets.push({
      name: image.name,
      origin: source.place(path),
      selection: selectionOf(source, image, path),
      policy,
      origins: origins(policy, source.place(path)),
      targetNames: 'last',
    });
  }
  return { file: source.file, sets, mirrors: [], keyrings: [], concurrency: DEFAULT_CONCURRENCY, notes };
}

function selectionOf(source: YamlSource, { image, tags }: CopaImage, path: Path): Selection {
  const repository = checkRepository(image, source.place([...path, 'image']));
  const place = [...path, 'tags'];
  const missing = (field: string) =>
    mistakes([
      `${source.place(place)}: ${formatPath([...place, field])}: is missing; strategy ${tags.strategy} needs it`,
    ]);
  const exclude = (tags.exclude ?? []).map(
    (tag) => new RegExp(`^${tag.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`, 'u'),
  );
  if (tags.strategy === 'list') {
    if (tags.list === undefined) throw missing('list');
    return { kind: 'repository', repository, tags: { list: tags.list, exclude } };
  }
  // Copa: the highest stable version; pre-releases never.
  const semver = { by: 'semver' as const };
  const stable = [...exclude, PRE_RELEASE];
  if (tags.strategy === 'latest')
    return { kind: 'repository', repository, tags: { exclude: stable, newest: { ...semver, count: 1 } } };
  if (tags.pattern === undefined) throw missing('pattern');
  const rules: TagRules = { pattern: expression(tags.pattern, source, [...place, 'pattern']), exclude };
  const newest = tags.maxTags ? { newest: { by: 'version' as const, count: tags.maxTags } } : {};
  return { kind: 'repository', repository, tags: { ...rules, ...newest } };
}

const PRE_RELEASE = /[-+_.](?:alpha|beta|rc|pre|preview|dev|snapshot|nightly)(?:$|[-.\d])/i;

function expression(pattern: string, source: YamlSource, path: Path): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    throw mistakes([`${source.place(path)}: ${formatPath(path)}: ${JSON.stringify(pattern)} is no regular expression`]);
  }
}

/** Copa's Go template knows one value. Its tags are fixed names, so a second patch of the same tag gets a number, as there. */
function tagTemplate(template: string, source: YamlSource, path: Path): string {
  const tag = template.replace(/\{\{-?\s*\.SourceTag\s*-?\}\}/g, '{tag}');
  if (tag.includes('{tag}') && !/\{\{/.test(tag)) return tag;
  throw mistakes([
    `${source.place(path)}: ${formatPath(path)}: "${template}" must use {{ .SourceTag }} and nothing else`,
  ]);
}

const configMapSchema = z.looseObject({
  kind: z.literal('ConfigMap'),
  data: z.looseObject({
    'images.txt': z.string(),
    severity_threshold: z.string().optional(),
    patch_sla_hours: z.string().optional(),
  }),
});

/** The `copa-image-list` ConfigMap that people keep for CronJobs. @throws SutureError CONFIGURATION */
export function readImageListConfigMap(source: YamlSource): Fleet {
  const { data } = checkDocument(configMapSchema, source);
  const severity = threshold(data.severity_threshold, source);
  const sla = serviceLevel(data.patch_sla_hours, source);
  const policy: Policy = {
    ...DEFAULT_POLICY,
    ...(severity === undefined ? {} : { severity }),
    sla: sla === undefined ? {} : Object.fromEntries(SEVERITIES.map((name) => [name, sla])),
  };
  const place = source.place(['data', 'images.txt']);
  const references = parseImageList(data['images.txt'], (line) => `${place} (line ${line} of images.txt)`);
  const origin = source.place(['data']);
  const set: ImageSet = {
    name: 'images.txt',
    origin,
    selection: { kind: 'references', references },
    policy,
    origins: origins(policy, origin),
  };
  return { file: source.file, sets: [set], mirrors: [], keyrings: [], concurrency: DEFAULT_CONCURRENCY, notes: [] };
}

function threshold(value: string | undefined, source: YamlSource): Severity | undefined {
  if (value === undefined) return undefined;
  const name = SEVERITIES.find((severity) => severity === value.trim().toUpperCase());
  if (name !== undefined) return name;
  const path = ['data', 'severity_threshold'];
  throw mistakes([`${source.place(path)}: ${formatPath(path)}: "${value}" is not ${SEVERITIES.join(', ')}`]);
}

function serviceLevel(value: string | undefined, source: YamlSource): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(value.trim())) return Number(value) * 3_600_000;
  const path = ['data', 'patch_sla_hours'];
  throw mistakes([`${source.place(path)}: ${formatPath(path)}: "${value}" is not a number of hours`]);
}

/** What differs from the default was said by the file. */
function origins(policy: Policy, place: string): Record<PolicyField, string> {
  const defaults: Policy = DEFAULT_POLICY;
  return Object.fromEntries(
    POLICY_FIELDS.map((field) => [
      field,
      JSON.stringify(policy[field]) === JSON.stringify(defaults[field]) ? 'default' : place,
    ]),
  ) as Record<PolicyField, string>;
}
