import { z } from 'zod';
import { SEVERITIES } from '../../core/severity.ts';
import { channelSchema } from './notification-schema.ts';
import { scheduleSchema } from './schedule.ts';

export const FLEET_API_VERSION = 'suture.dev/v1alpha1';

/** `90m`, `36h`, `7d`. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[mhd]$/, 'is no duration: give a number and m, h or d, such as 90m, 36h or 7d');

const severity = z.enum(SEVERITIES);
const text = z.string().min(1).max(4096);
const regex = text.refine(isRegex, 'is no regular expression');

/** What holds for images: in `defaults` for all, in an image set for its own. */
const policy = {
  scope: z
    .enum(['security', 'all'])
    .describe('security: only what a security suite offers; all: the newest')
    .optional(),
  severity: severity
    .describe('a threshold: only findings of this severity and above are fixed; needs a vulnerability database')
    .optional(),
  sla: z
    .strictObject({
      UNKNOWN: duration,
      LOW: duration,
      MEDIUM: duration,
      HIGH: duration,
      CRITICAL: duration,
      KNOWN_EXPLOITED: duration.describe('of any severity; see knownExploited'),
    })
    .partial()
    .describe('how long a fix may be available and detected before it has to be applied')
    .optional(),
  maxDatabaseAge: duration.describe('refuse a vulnerability database built longer ago than this').optional(),
  endOfLife: z.enum(['patch', 'refuse']).describe('what is done with systems that get no more advisories').optional(),
  engine: z
    .enum(['auto', 'native'])
    .describe('how packages are applied, as --engine of suture patch; auto takes native, which runs nothing')
    .optional(),
  tag: text
    .max(256)
    .refine((value) => value.includes('{tag}'), 'needs {tag}, the tag of the input')
    .describe('tag of a patched image: {tag} and {date} (of the repositories, YYYYMMDDHHMMSS UTC)')
    .optional(),
  target: text
    .describe('registry, or registry with a path, that patched images go to instead of beside the input')
    .optional(),
  platform: text.describe('OS/ARCH[/VARIANT]: only this image of an index').optional(),
  schedule: scheduleSchema(duration).describe('when `suture serve` begins a run by itself').optional(),
  team: text.optional(),
  owner: text.optional(),
  notify: z
    .array(text)
    .describe('names of the channels that notices about these images go to; default: every channel')
    .optional(),
};

const tags = z.strictObject({
  list: z.array(text).min(1).describe('exactly these').optional(),
  pattern: regex.describe('regular expression').optional(),
  exclude: z.array(regex).describe('regular expressions of tags to leave out').optional(),
  newest: z
    .strictObject({
      count: z.number().int().min(1).max(10_000),
      by: z.enum(['semver', 'version', 'date', 'created']).describe('what makes a tag newer than another'),
    })
    .optional(),
});

const imageSet = z.strictObject({
  name: text.describe('what the set is called in messages').optional(),
  images: z.array(text).min(1).describe('references').optional(),
  file: text.describe('file with one reference per line, relative to this one').optional(),
  repository: text.describe('one repository, whose tags the rules of `tags` choose').optional(),
  registry: text.describe('every repository that the catalog of a registry lists').optional(),
  repositories: regex.describe('with `registry`: regular expression of repositories').optional(),
  tags: tags.optional(),
  ...policy,
});

/** suture.yaml. Every field is used; unknown ones are errors. */
export const fleetSchema = z.strictObject({
  apiVersion: z.literal(FLEET_API_VERSION),
  kind: z.literal('Fleet'),
  defaults: z.strictObject(policy).optional(),
  mirrors: z
    .array(z.strictObject({ from: text, to: text }))
    .describe('take packages of a host or URL prefix from another URL or a local directory')
    .optional(),
  keyrings: z.array(text).describe('OpenPGP keyrings trusted besides those of the images').optional(),
  concurrency: z
    .strictObject({
      images: z.number().int().min(1).max(64).describe('images at work at once').optional(),
      perRegistry: z.number().int().min(1).max(64).describe('of them from one registry').optional(),
    })
    .optional(),
  knownExploited: text
    .describe(
      "CISA's catalogue of known exploited vulnerabilities, JSON or CSV, relative to this file; read by each run",
    )
    .optional(),
  retention: duration.describe('results older than this are removed after a run; events never are').optional(),
  notifications: z.array(channelSchema).describe('whom notices go to').optional(),
  images: z.array(imageSet).min(1),
});

export type FleetDocument = z.output<typeof fleetSchema>;
export type ImageSetDocument = FleetDocument['images'][number];
export type PolicyDocument = NonNullable<FleetDocument['defaults']>;
export type TagsDocument = z.output<typeof tags>;

/** JSON Schema (draft 2020-12) as published in docs/schemas/fleet.schema.json, for editors. */
export function fleetJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(fleetSchema, { io: 'input' }), null, 2)}\n`;
}

function isRegex(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
