import { z } from 'zod';
import { SEVERITIES } from '../../core/severity.ts';
import { IMPORTANCES, NOTICE_EVENTS } from '../notices/notice.ts';

const text = z.string().min(1).max(4096);

/** One of them; which is checked apart, so that no message ever shows a value that was meant to be secret. */
const secret = z
  .strictObject({
    env: z.string().describe('name of an environment variable').optional(),
    file: z.string().describe('path of a file, relative to this one; its last line break does not count').optional(),
    plain: z.string().describe('the value itself: whoever reads the configuration reads it').optional(),
  })
  .describe('where a secret is found: one of env, file and plain');

const digest = z
  .strictObject({
    every: z
      .string()
      .regex(/^(?:daily|weekly|[1-9]\d{0,3}[mh])$/, 'is not daily, weekly, or a number of m or h such as 30m or 6h'),
    at: z
      .string()
      .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is no time of day such as 08:00')
      .describe('daily and weekly (on Monday); default 08:00')
      .optional(),
    timeZone: text.describe('such as Europe/Berlin; default UTC').optional(),
  })
  .describe('collect what comes up, and send it together');

const template = z
  .strictObject({
    title: text.describe('first line; subject of an e-mail').optional(),
    text: z.string().min(1).describe('body; of a webhook: the whole JSON document').optional(),
    textFile: text.describe('file with the body').optional(),
    html: z.string().min(1).describe('HTML part of an e-mail').optional(),
    htmlFile: text.describe('file with the HTML part').optional(),
  })
  .describe('{{field}}, {{#section}}…{{/section}}, {{^section}}…{{/section}}; see docs/notifications.md');

const common = {
  name: text.describe('what the channel is called in `notify` and in messages'),
  events: z.array(z.enum(NOTICE_EVENTS)).min(1).describe('only these; default: all').optional(),
  minimum: z.enum(IMPORTANCES).describe('a threshold; default info').optional(),
  severity: z.enum(SEVERITIES).describe('of notices about findings, only those at least this severe').optional(),
  teams: z.array(text).min(1).describe('of notices about images, only those of these teams').optional(),
  digest: digest.optional(),
  template: template.optional(),
};

const chat = { url: secret, ...common };

export const channelSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('webhook'),
    url: secret,
    secret: secret.describe('key of the signature (Standard Webhooks)').optional(),
    ...common,
  }),
  z.strictObject({ kind: z.literal('slack'), ...chat }),
  z.strictObject({ kind: z.literal('teams'), ...chat }),
  z.strictObject({ kind: z.literal('mattermost'), ...chat }),
  z.strictObject({
    kind: z.literal('email'),
    host: text.max(253),
    port: z.number().int().min(1).max(65_535).describe('default 587; 465 with tls: implicit').optional(),
    tls: z
      .enum(['starttls', 'implicit', 'none'])
      .describe('default starttls, which is required then; none sends in the clear')
      .optional(),
    user: text.optional(),
    password: secret.optional(),
    from: text,
    to: z.array(text).min(1),
    ...common,
  }),
]);

export type ChannelDocument = z.output<typeof channelSchema>;
export type SecretDocument = z.output<typeof secret>;
