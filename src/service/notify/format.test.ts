import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NotificationChannel } from '../../fleet/config/notifications.ts';
import { MESSAGE_FIELDS, NOTICE_EVENTS, NOTICE_FIELDS } from '../../fleet/notices/notice.ts';
import { parseTemplate } from '../../fleet/notices/template.ts';
import { mattermostBody, slackBody, teamsBody, webhookBody } from './format-chat.ts';
import { emailParts } from './format-email.ts';
import type { Message, ToldNotice } from './message.ts';

const notice = (more: Partial<ToldNotice> = {}): ToldNotice => ({
  key: 'k',
  event: 'sla-breached',
  importance: 'critical',
  title: 'title',
  text: 'text',
  subject: 's',
  at: '2026-01-01T00:00:00.000Z',
  details: [],
  over: false,
  ...more,
});

const message = (notices: readonly ToldNotice[], templates: Record<string, string> = {}): Message => {
  const parsed = Object.entries(templates).map(([part, text]) => [
    part,
    parseTemplate(text, part, [...MESSAGE_FIELDS, ...NOTICE_FIELDS]),
  ]);
  const channel: NotificationChannel = {
    name: 'c',
    origin: 'suture.yaml:1:1',
    minimum: 'info',
    target: { kind: 'slack', url: { kind: 'plain', value: '' } },
    templates: Object.fromEntries(parsed) as NotificationChannel['templates'],
  };
  return { id: 'id', channel, notices };
};

interface Slack {
  readonly text: string;
  readonly blocks: readonly { readonly text: { readonly text: string } }[];
}
interface Teams {
  readonly attachments: readonly { readonly content: { readonly body: readonly { readonly text: string }[] } }[];
}

const HOSTILE =
  '<!channel> @all [x](https://example.org) **b** `c` <script>alert(1)</script> & "q"\r\nBcc: a@example.org';

describe('messages for chats', () => {
  it('hold no markup, link or mention that comes from values', () => {
    const hostile = message([notice({ title: HOSTILE, text: HOSTILE, details: [HOSTILE], team: HOSTILE })]);
    const slack = JSON.parse(slackBody(hostile)) as Slack;
    // A header is plain text and has no mentions.
    for (const { text } of slack.blocks.slice(1)) expect(text.text).not.toContain('<');
    expect(slack.text).not.toContain('<!channel>');
    const mattermost = (JSON.parse(mattermostBody(hostile)) as { text: string }).text;
    expect(mattermost).not.toMatch(/@all|(?<!\\)\[x|https:\/\/|(?<!\\)<script/);
    const [card] = (JSON.parse(teamsBody(hostile)) as Teams).attachments;
    for (const { text } of card?.content.body ?? []) expect(text).not.toMatch(/(?<!\\)\[x\]/);
    const mail = emailParts(hostile);
    expect(mail.html).not.toContain('<script>');
    expect(mail.subject).not.toMatch(/[\r\n]/);
  });

  it('stay within what each place takes, and say what is left out', () => {
    const text = fc.string({ unit: 'binary', maxLength: 3000 });
    const notices = fc.array(
      fc.record({ title: text, text, details: fc.array(text, { maxLength: 20 }) }).map((more) => notice(more)),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(notices, (list) => {
        const slack = JSON.parse(slackBody(message(list))) as Slack;
        expect(slack.blocks.length).toBeLessThanOrEqual(50);
        for (const block of slack.blocks) expect(block.text.text.length).toBeLessThanOrEqual(3000);
        expect((JSON.parse(mattermostBody(message(list))) as { text: string }).text.length).toBeLessThanOrEqual(16_383);
        expect(Buffer.byteLength(teamsBody(message(list)))).toBeLessThanOrEqual(28_000);
      }),
      { numRuns: 8 },
    );
    const many = message(Array.from({ length: 60 }, () => notice({ text: 'x'.repeat(400) })));
    for (const body of [slackBody(many), mattermostBody(many), teamsBody(many)]) expect(body).toMatch(/… and \d+ more/);
  });

  it('sum up what several notices are, the title of one being its own', () => {
    expect(JSON.parse(webhookBody(message([notice()])))).toMatchObject({ title: 'title' });
    const several = message([notice(), notice({ importance: 'warning' }), notice({ importance: 'warning' })]);
    expect(JSON.parse(webhookBody(several))).toMatchObject({ title: '3 notices: 1 critical, 2 warning' });
  });

  it('follow the templates of their channel', () => {
    const own = message([notice({ team: 'shop' }), notice({ title: 'two & more', details: ['x', 'y'] })], {
      title: '{{count}}!',
      text: '{{title}}{{#notices}}|{{title}}{{#team}}/{{team}}{{/team}}{{#details}} {{.}}{{/details}}{{/notices}}',
    });
    expect((JSON.parse(slackBody(own)) as Slack).blocks[1]?.text.text).toBe('2!|title/shop|two &amp; more x y');
    expect(emailParts(own)).toMatchObject({ subject: '[suture] 2!', text: '2!|title/shop|two & more x y' });
    expect(emailParts(own).html).toContain('two &amp; more');
  });

  it('tell every event that the documentation names', () => {
    const text = readFileSync(new URL('../../../docs/notifications.md', import.meta.url), 'utf8');
    for (const event of NOTICE_EVENTS) expect(text).toContain(`| \`${event}\` |`);
    for (const field of [...MESSAGE_FIELDS, ...NOTICE_FIELDS]) expect(text).toContain(`\`${field}\``);
  });
});
