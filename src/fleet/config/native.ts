import { dirname, resolve } from 'node:path';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_POLICY,
  durationMs,
  type Fleet,
  type ImageSet,
  POLICY_FIELDS,
  type Policy,
  type PolicyField,
  type Selection,
} from './fleet.ts';
import { checkReference, checkRepository, readImageList } from './image-list.ts';
import { checkDocument, formatPath, mistakes } from './messages.ts';
import { readChannels, unknownChannels, wrongChannels } from './notifications.ts';
import { DEFAULT_TIME_ZONE, type Schedule } from './schedule.ts';
import { fleetSchema, type ImageSetDocument, type PolicyDocument, type TagsDocument } from './schema.ts';
import { ALL_TAGS, type TagRules } from './tag-rules.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** suture.yaml as a fleet. @throws SutureError CONFIGURATION, FILE_UNREADABLE */
export async function readFleet(source: YamlSource): Promise<Fleet> {
  const document = checkDocument(fleetSchema, source);
  const channels = document.notifications ?? [];
  const lines = [
    ...document.images.flatMap((set, at) => wrongShape(set, ['images', at], source)),
    ...wrongChannels(channels, source),
    ...unknownChannels(document.defaults?.notify, ['defaults'], channels, source),
    ...document.images.flatMap(({ notify }, at) => unknownChannels(notify, ['images', at], channels, source)),
  ];
  if (lines.length > 0) throw mistakes(lines);
  const sets: ImageSet[] = [];
  for (const [at, set] of document.images.entries()) sets.push(await imageSet(source, set, at, document.defaults));
  const folder = dirname(source.file);
  return {
    file: source.file,
    sets,
    mirrors: document.mirrors ?? [],
    keyrings: (document.keyrings ?? []).map((path) => resolve(folder, path)),
    concurrency: { ...DEFAULT_CONCURRENCY, ...defined(document.concurrency ?? {}) },
    ...(document.knownExploited === undefined ? {} : { knownExploited: resolve(folder, document.knownExploited) }),
    ...(document.retention === undefined ? {} : { retention: durationMs(document.retention) }),
    ...(channels.length === 0 ? {} : { notifications: await readChannels(channels, source) }),
    notes: [],
  };
}

const SELECTORS = ['images', 'file', 'repository', 'registry'] as const;

/** What the schema of one field cannot say. */
function wrongShape(set: ImageSetDocument, path: Path, source: YamlSource): string[] {
  const line = (field: string, message: string) =>
    `${source.place([...path, field])}: ${formatPath([...path, field])}: ${message}`;
  const given = SELECTORS.filter((selector) => set[selector] !== undefined);
  if (given.length !== 1) {
    const there = given.length === 0 ? 'none' : given.join(' and ');
    return [`${source.place(path)}: ${formatPath(path)}: needs one of ${SELECTORS.join(', ')}; it has ${there}`];
  }
  const lines: string[] = [];
  const bySelection = set.repository !== undefined || set.registry !== undefined;
  if (set.tags !== undefined && !bySelection) lines.push(line('tags', 'goes with repository or registry only'));
  if (set.repositories !== undefined && set.registry === undefined)
    lines.push(line('repositories', 'goes with registry only'));
  if (set.tags?.list !== undefined && Object.keys(set.tags).length > 1)
    lines.push(line('tags', 'a list stands alone: pattern, exclude and newest choose from the tags of the repository'));
  return lines;
}

async function imageSet(
  source: YamlSource,
  set: ImageSetDocument,
  at: number,
  defaults: PolicyDocument | undefined,
): Promise<ImageSet> {
  const path = ['images', at];
  const { policy, origins } = policyOf(source, set, path, defaults);
  return {
    name: set.name ?? set.repository ?? set.registry ?? set.file ?? `images[${at}]`,
    origin: source.place(path),
    selection: await selectionOf(source, set, path),
    policy,
    origins,
  };
}

async function selectionOf(source: YamlSource, set: ImageSetDocument, path: Path): Promise<Selection> {
  const tags = set.tags === undefined ? ALL_TAGS : tagRules(set.tags);
  if (set.repository !== undefined)
    return {
      kind: 'repository',
      repository: checkRepository(set.repository, source.place([...path, 'repository'])),
      tags,
    };
  if (set.registry !== undefined) {
    const repositories = set.repositories === undefined ? undefined : new RegExp(set.repositories, 'u');
    return { kind: 'registry', registry: set.registry, repositories, tags };
  }
  if (set.file !== undefined)
    return { kind: 'references', references: await readImageList(resolve(dirname(source.file), set.file)) };
  const references = (set.images ?? []).map((reference, at) => {
    const origin = source.place([...path, 'images', at]);
    return { reference: checkReference(reference, origin), origin };
  });
  return { kind: 'references', references };
}

export function tagRules({ list, pattern, exclude, newest }: TagsDocument): TagRules {
  return {
    exclude: (exclude ?? []).map((text) => new RegExp(text, 'u')),
    ...(list === undefined ? {} : { list }),
    ...(pattern === undefined ? {} : { pattern: new RegExp(pattern, 'u') }),
    ...(newest === undefined ? {} : { newest }),
  };
}

/** The set's own value, else that of `defaults`, else the program's, each with where it comes from. */
function policyOf(
  source: YamlSource,
  set: ImageSetDocument,
  path: Path,
  defaults: PolicyDocument | undefined,
): { policy: Policy; origins: Record<PolicyField, string> } {
  const origins: [PolicyField, string][] = [];
  for (const field of POLICY_FIELDS) {
    if (set[field] !== undefined) origins.push([field, source.place([...path, field])]);
    else origins.push([field, defaults?.[field] === undefined ? 'default' : source.place(['defaults', field])]);
  }
  const merged = { ...defined(defaults ?? {}), ...defined(set) };
  const {
    schedule,
    sla,
    maxDatabaseAge,
    scope,
    severity,
    endOfLife,
    engine,
    tag,
    target,
    platform,
    team,
    owner,
    notify,
  } = merged;
  const policy: Policy = {
    ...DEFAULT_POLICY,
    ...defined({ scope, severity, endOfLife, engine, tag, target, platform, team, owner, notify }),
    ...(maxDatabaseAge === undefined ? {} : { maxDatabaseAge: durationMs(maxDatabaseAge) }),
    ...(schedule === undefined ? {} : { schedule: scheduleOf(schedule) }),
    sla: Object.fromEntries(Object.entries(defined(sla ?? {})).map(([name, value]) => [name, durationMs(value)])),
  };
  return { policy, origins: Object.fromEntries(origins) as Record<PolicyField, string> };
}

function scheduleOf({ cron, timeZone, jitter }: NonNullable<PolicyDocument['schedule']>): Schedule {
  return {
    cron,
    timeZone: timeZone ?? DEFAULT_TIME_ZONE,
    jitterMs: jitter === undefined ? 0 : durationMs(jitter),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are undefined, which would hide others in a spread. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>;
}
