import { z } from 'zod';
import type { Digest } from '../core/digest.ts';

/**
 * Schema of the frozen plan document. Strict: a member that this version does not know could change what the plan means,
 * so it is refused rather than ignored.
 */
export const PLAN_API_VERSION = 'suture.dev/v1alpha1';
export const PLAN_KIND = 'PatchPlan';

const text = z.string().max(16_384);
const name = z.string().min(1).max(512);
const seconds = z.int().min(0);
const digest = z.string().regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/) as unknown as z.ZodType<Digest>;
/** Within a repository: relative, without a step upwards, without control characters. */
const repositoryPath = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\p{Cc}]+$/u);

const platform = z
  .strictObject({
    os: name,
    architecture: name,
    variant: name.exactOptional(),
    'os.version': name.exactOptional(),
    'os.features': z.array(name).readonly().exactOptional(),
  })
  .readonly();

const base = z
  .strictObject({
    reference: name.max(4096).describe('The base image as it was named'),
    digest: digest.describe('Digest of its manifest'),
    mediaType: name,
    platform,
    layers: z.array(digest).readonly().describe('Diff IDs, lowest layer first'),
  })
  .readonly();

const os = z.strictObject({ id: text, version: text, codename: text, prettyName: text }).readonly();

const repository = z
  .strictObject({
    id: text.describe('URI, suite and component as the image configures them'),
    origin: text,
    suite: text,
    codename: text,
    isSecurity: z.boolean(),
    date: text.describe('Date of the signed index'),
    digest: digest.describe('Digest of the signed index'),
    signedBy: z.array(text).readonly().describe('Fingerprints of the keys whose signatures were valid'),
  })
  .readonly();

const unusable = z.strictObject({ id: text, reason: text }).readonly();

const file = z
  .strictObject({ path: repositoryPath, repository: text, size: z.int().min(0), digest })
  .readonly()
  .describe('The package file, proven by the signed index');

const stepMembers = {
  name,
  architecture: name,
  to: name,
  source: z.strictObject({ name, version: name }).readonly(),
  file,
  cves: z.array(name).readonly().describe('Vulnerabilities that the change fixes'),
  reason: text,
};

const step = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('upgrade'), from: name, ...stepMembers }).readonly(),
  z.strictObject({ action: z.literal('install'), ...stepMembers }).readonly(),
]);

const pendingReason = z.enum([
  'held',
  'pinned',
  'not-in-repository',
  'esm-only',
  'not-installed',
  'unsatisfiable',
  'phased',
  'script-not-native',
  'fetch-failed',
  'conflict',
  'no-engine',
  'unsupported',
]);

const pending = z
  .strictObject({ name, architecture: text, from: text, to: name.exactOptional(), reason: pendingReason, detail: text })
  .readonly();

const engine = z.strictObject({ name: z.enum(['native', 'sandbox', 'buildkit', 'none']), reason: text }).readonly();

const requested = z
  .strictObject({
    name,
    architecture: name.exactOptional(),
    minimum: name.exactOptional(),
    minimumOf: z.enum(['binary', 'source']).exactOptional(),
  })
  .readonly();

const options = z
  .strictObject({
    scope: z.enum(['security', 'all']),
    only: z.array(requested).readonly().exactOptional(),
    sourceDate: seconds.exactOptional().describe('Where the user set it (SOURCE_DATE_EPOCH)'),
  })
  .readonly();

export const planSchema = z
  .strictObject({
    apiVersion: z.literal(PLAN_API_VERSION),
    kind: z.literal(PLAN_KIND),
    tool: z.strictObject({ name, version: name }).readonly(),
    base,
    os,
    family: z.enum(['deb', 'apk', 'rpm']),
    repositories: z.array(repository).readonly(),
    unusable: z.array(unusable).readonly(),
    steps: z.array(step).readonly().describe('In the order in which they are applied'),
    pending: z.array(pending).readonly().describe('What should change but cannot now'),
    engine,
    options,
    sourceDate: seconds.describe('Seconds since the epoch: the time of everything the patch generates'),
  })
  .readonly()
  .meta({
    title: 'Suture patch plan',
    description: 'Frozen: with the base image it determines the patched image byte for byte.',
  });
