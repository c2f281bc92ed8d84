import { dirname, resolve } from 'node:path';
import type { Severity } from '../../core/severity.ts';
import { type Importance, MESSAGE_FIELDS, NOTICE_FIELDS, type NoticeEvent } from '../notices/notice.ts';
import { parseTemplate, type Template } from '../notices/template.ts';
import { readTextFile } from './image-list.ts';
import { formatPath, nearest } from './messages.ts';
import type { ChannelDocument, SecretDocument } from './notification-schema.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** Where a secret is found when it is needed; it is not kept. */
export type SecretPlace =
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'plain'; readonly value: string };

export type ChannelTarget =
  | { readonly kind: 'webhook'; readonly url: SecretPlace; readonly secret?: SecretPlace }
  | { readonly kind: 'slack' | 'teams' | 'mattermost'; readonly url: SecretPlace }
  | {
      readonly kind: 'email';
      readonly host: string;
      readonly port: number;
      readonly tls: 'starttls' | 'implicit' | 'none';
      readonly user?: string;
      readonly password?: SecretPlace;
      readonly from: string;
      readonly to: readonly string[];
    };

export interface DigestRule {
  /** Cron expression, for daily and weekly; else milliseconds between two. */
  readonly every: string | number;
  readonly timeZone: string;
}

export interface ChannelTemplates {
  readonly title?: Template;
  readonly text?: Template;
  readonly html?: Template;
}

/** Whom notices go to. */
export interface NotificationChannel {
  readonly name: string;
  /** `suture.yaml:12:5`. */
  readonly origin: string;
  readonly target: ChannelTarget;
  readonly events?: readonly NoticeEvent[];
  readonly minimum: Importance;
  readonly severity?: Severity;
  readonly teams?: readonly string[];
  readonly digest?: DigestRule;
  readonly templates: ChannelTemplates;
}

const SECRET_FIELDS = ['url', 'secret', 'password'] as const;
const VARIABLE = /^[A-Za-z_]\w*$/;

/** What the schema of a field cannot say: unique names, one place for each secret, parts that need each other. */
export function wrongChannels(channels: readonly ChannelDocument[], source: YamlSource): string[] {
  const names = new Set<string>();
  return channels.flatMap((channel, at) => {
    const path = ['notifications', at];
    const line = (field: string, message: string) =>
      `${source.place([...path, field])}: ${formatPath([...path, field])}: ${message}`;
    const lines = SECRET_FIELDS.flatMap((field) => {
      const place = (channel as Readonly<Record<string, unknown>>)[field] as SecretDocument | undefined;
      const wrong = place === undefined ? undefined : wrongSecret(place);
      return wrong === undefined ? [] : [line(field, wrong)];
    });
    if (names.has(channel.name))
      lines.push(line('name', `${JSON.stringify(channel.name)} is the name of two channels`));
    names.add(channel.name);
    const { digest, template } = channel;
    if (digest?.at !== undefined && /\d/.test(digest.every))
      lines.push(line('digest', 'at goes with daily and weekly'));
    if (digest?.timeZone !== undefined && !isTimeZone(digest.timeZone))
      lines.push(line('digest', `${JSON.stringify(digest.timeZone)} is no time zone`));
    if (template?.text !== undefined && template.textFile !== undefined)
      lines.push(line('template', 'text and textFile say the same'));
    if (template?.html !== undefined && template.htmlFile !== undefined)
      lines.push(line('template', 'html and htmlFile say the same'));
    if (channel.kind !== 'email' && (template?.html ?? template?.htmlFile) !== undefined)
      lines.push(line('template', 'only an e-mail has an HTML part'));
    if (channel.kind === 'email' && (channel.user === undefined) !== (channel.password === undefined))
      lines.push(line('user', 'user and password need each other'));
    if (channel.kind === 'email' && channel.tls === 'none' && channel.password !== undefined)
      lines.push(line('tls', 'none would send the password in the clear'));
    return lines;
  });
}

/** Never says the value, which may be the secret in the wrong place. */
function wrongSecret({ env, file, plain }: SecretDocument): string | undefined {
  const given = [env, file, plain].filter((value) => value !== undefined);
  if (given.length !== 1) return `needs one of env, file and plain; it has ${given.length}`;
  if (given[0] === '') return 'is empty';
  return env === undefined || VARIABLE.test(env) ? undefined : 'env is not the name of an environment variable';
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Names in `notify` that no channel has. @param path of the policy */
export function unknownChannels(
  notify: readonly string[] | undefined,
  path: Path,
  channels: readonly ChannelDocument[],
  source: YamlSource,
): string[] {
  const names = channels.map(({ name }) => name);
  return (notify ?? []).flatMap((name, at) => {
    if (names.includes(name)) return [];
    const near = nearest(name, names);
    const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
    const field = [...path, 'notify', at];
    return [`${source.place(field)}: ${formatPath(field)}: there is no channel ${JSON.stringify(name)}${hint}`];
  });
}

/** @throws SutureError CONFIGURATION for a template that is wrong; FILE_UNREADABLE */
export async function readChannels(
  channels: readonly ChannelDocument[],
  source: YamlSource,
): Promise<readonly NotificationChannel[]> {
  const folder = dirname(source.file);
  const read: NotificationChannel[] = [];
  for (const [at, channel] of channels.entries()) {
    const { events, severity, teams, digest } = channel;
    read.push({
      name: channel.name,
      origin: source.place(['notifications', at]),
      target: targetOf(channel, folder),
      minimum: channel.minimum ?? 'info',
      ...(events === undefined ? {} : { events }),
      ...(severity === undefined ? {} : { severity }),
      ...(teams === undefined ? {} : { teams }),
      ...(digest === undefined ? {} : { digest: digestRule(digest) }),
      templates: await templatesOf(channel, source, ['notifications', at, 'template'], folder),
    });
  }
  return read;
}

function targetOf(channel: ChannelDocument, folder: string): ChannelTarget {
  switch (channel.kind) {
    case 'webhook': {
      const { url, secret } = channel;
      return {
        kind: 'webhook',
        url: secretPlace(url, folder),
        ...(secret === undefined ? {} : { secret: secretPlace(secret, folder) }),
      };
    }
    case 'email': {
      const { host, port, tls = 'starttls', user, password, from, to } = channel;
      return {
        kind: 'email',
        host,
        port: port ?? (tls === 'implicit' ? 465 : 587),
        tls,
        from,
        to,
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { password: secretPlace(password, folder) }),
      };
    }
    default:
      return { kind: channel.kind, url: secretPlace(channel.url, folder) };
  }
}

function secretPlace({ env, file, plain }: SecretDocument, folder: string): SecretPlace {
  if (env !== undefined) return { kind: 'environment', name: env };
  if (file !== undefined) return { kind: 'file', path: resolve(folder, file) };
  return { kind: 'plain', value: plain ?? '' };
}

function digestRule({ every, at = '08:00', timeZone = 'UTC' }: NonNullable<ChannelDocument['digest']>): DigestRule {
  const [hour, minute] = at.split(':').map(Number);
  if (every === 'daily') return { every: `${minute} ${hour} * * *`, timeZone };
  if (every === 'weekly') return { every: `${minute} ${hour} * * 1`, timeZone };
  return { every: Number(every.slice(0, -1)) * (every.endsWith('h') ? 3_600_000 : 60_000), timeZone };
}

async function templatesOf(
  { template }: ChannelDocument,
  source: YamlSource,
  path: Path,
  folder: string,
): Promise<ChannelTemplates> {
  const templates: { -readonly [K in keyof ChannelTemplates]: ChannelTemplates[K] } = {};
  for (const part of ['title', 'text', 'html'] as const) {
    const file = part === 'title' ? undefined : template?.[`${part}File`];
    const text = file === undefined ? template?.[part] : await readTextFile(resolve(folder, file));
    if (text === undefined) continue;
    const where = file ?? `${source.place([...path, part])}: ${formatPath([...path, part])}`;
    templates[part] = parseTemplate(text, where, [...MESSAGE_FIELDS, ...NOTICE_FIELDS]);
  }
  return templates;
}
