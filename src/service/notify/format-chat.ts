import { SutureError } from '../../core/errors/error.ts';
import type { Importance } from '../../fleet/notices/notice.ts';
import { card, json, markdown, plain, slack } from './escape.ts';
import { type Message, ownText, type ToldNotice, titleOf } from './message.ts';

/** JSON bodies for the places that take messages. Each place has limits: what does not fit is counted in the last line. */

const MARKS: Readonly<Record<Importance, string>> = { critical: '🔴', warning: '🟠', info: '🔵' };
/** Of what is shown of one notice in a chat; an e-mail and a webhook have all. */
const SHOWN_DETAILS = 8;

/** The document of a webhook, or what its template makes of it. @throws SutureError CONFIGURATION: the template gives no JSON */
export function webhookBody(message: Message): string {
  const own = ownText(message, 'text', json);
  if (own !== undefined) {
    try {
      JSON.parse(own);
      return own;
    } catch (error) {
      throw new SutureError(
        'CONFIGURATION',
        `channel ${JSON.stringify(message.channel.name)}: its template gives no JSON: ${(error as Error).message}`,
      );
    }
  }
  const { id, channel, notices } = message;
  return JSON.stringify({
    kind: 'Notification',
    id,
    channel: channel.name,
    title: titleOf(message),
    digest: channel.digest !== undefined,
    notices: notices.map(({ channels: _, ...notice }) => notice),
  });
}

/** Block Kit: a header of at most 150 characters, sections of 3000, 50 blocks. */
export function slackBody(message: Message): string {
  const title = titleOf(message);
  const own = ownText(message, 'text', slack);
  const texts =
    own === undefined
      ? fitting(
          message.notices.map((notice) => chatText(notice, slack, '*', '\n', '• ')),
          40,
          36_000,
        )
      : pieces(own, 2900).slice(0, 40);
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: cut(plain(title), 150), emoji: true } },
    ...texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text: cut(text, 2900) } })),
  ];
  return JSON.stringify({ text: cut(slack(title), 2900), blocks });
}

/** A post of at most 16383 characters. */
export function mattermostBody(message: Message): string {
  const own = ownText(message, 'text', markdown);
  const texts =
    own ??
    fitting(
      message.notices.map((notice) => chatText(notice, markdown, '**', '\n', '- ')),
      100,
      14_000,
    ).join('\n\n');
  return JSON.stringify({ text: cut(`#### ${markdown(titleOf(message))}\n\n${texts}`, 16_000) });
}

/** Of a card; the limit is 28 KB with what Teams adds to it. */
const CARD_BYTES = 26_000;

/** An Adaptive Card as the workflow "when a webhook request is received" posts it. */
export function teamsBody(message: Message): string {
  // How many bytes characters become is known afterwards.
  for (let characters = 16_000; ; characters /= 2) {
    const body = teamsCard(message, characters);
    if (Buffer.byteLength(body) <= CARD_BYTES || characters < 1000) return body;
  }
}

function teamsCard(message: Message, characters: number): string {
  const own = ownText(message, 'text', card);
  const told = () => message.notices.map((notice) => chatText(notice, card, '**', '\n\n', '- ', '\n'));
  const texts = own === undefined ? fitting(told(), 40, characters) : [cut(own, characters)];
  const body = [
    { type: 'TextBlock', text: cut(card(titleOf(message)), 500), size: 'Large', weight: 'Bolder', wrap: true },
    ...texts.map((text) => ({ type: 'TextBlock', text, wrap: true, separator: true })),
  ];
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body,
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return JSON.stringify({ type: 'message', attachments: [attachment] });
}

/** A notice in the markup of a chat: its title in bold, what it means, what it is about, the first details. */
function chatText(
  notice: ToldNotice,
  escapeValue: (text: string) => string,
  bold: string,
  newLine: string,
  bullet: string,
  bulletLine = newLine,
): string {
  const facts = [
    ...(notice.team === undefined ? [] : [`team ${notice.team}`]),
    ...(notice.owner === undefined ? [] : [`owner ${notice.owner}`]),
    ...(notice.over ? ['over'] : []),
  ];
  const details = notice.details.slice(0, SHOWN_DETAILS);
  const more = notice.details.length - details.length;
  const head = `${MARKS[notice.importance]} ${bold}${escapeValue(notice.title)}${bold}`;
  const lines = [head, escapeValue(notice.text), ...(facts.length === 0 ? [] : [escapeValue(facts.join(', '))])];
  const bullets = [...details, ...(more > 0 ? [`and ${more} more`] : [])].map((detail) => bullet + escapeValue(detail));
  return [cut(lines.join(newLine), 1500), ...(bullets.length === 0 ? [] : [cut(bullets.join(bulletLine), 1300)])].join(
    newLine,
  );
}

/** As many texts as a place takes, and how many there would be. */
function fitting(texts: readonly string[], most: number, characters: number): string[] {
  const kept: string[] = [];
  let size = 0;
  for (const text of texts) {
    size += text.length;
    if (kept.length >= most || size > characters) break;
    kept.push(text);
  }
  return kept.length === texts.length ? kept : [...kept, `… and ${texts.length - kept.length} more`];
}

function pieces(text: string, size: number): string[] {
  const list: string[] = [];
  for (let at = 0; at < text.length; at += size) list.push(text.slice(at, at + size));
  return list;
}

/** Never in the middle of a character that has two halves. */
function cut(text: string, size: number): string {
  return text.length <= size ? text : `${text.slice(0, size - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
