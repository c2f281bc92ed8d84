import type { Importance } from '../../fleet/notices/notice.ts';
import { html, plain } from './escape.ts';
import { type Message, ownText, type ToldNotice, titleOf } from './message.ts';

export interface EmailParts {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Both parts say the same; a template for one of them also decides the other. */
export function emailParts(message: Message): EmailParts {
  const title = titleOf(message);
  const ownPlain = ownText(message, 'text', plain);
  const ownHtml = ownText(message, 'html', html);
  const text = ownPlain ?? `${title}\n\n${message.notices.map(plainNotice).join('\n\n')}\n`;
  const page = ownHtml ?? (ownPlain === undefined ? htmlPage(title, message) : preformatted(ownPlain));
  return { subject: `[suture] ${title}`, text, html: page };
}

function plainNotice(notice: ToldNotice): string {
  const lines = [
    `[${notice.importance}] ${notice.title}${notice.over ? ' (over)' : ''}`,
    notice.text,
    ...factsOf(notice).map(([name, value]) => `  ${name}: ${value}`),
    ...notice.details.map((detail) => `  - ${detail}`),
  ];
  return plain(lines.join('\n'));
}

function factsOf({
  event,
  image,
  team,
  owner,
  severity,
  dueAt,
  at,
}: ToldNotice): readonly (readonly [string, string])[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['event', event],
    ['image', image],
    ['team', team],
    ['owner', owner],
    ['severity', severity],
    ['due', dueAt],
    ['since', at],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** Readable on white and on black, and without them; 4.5:1 and more. */
const COLORS: Readonly<Record<Importance, string>> = { critical: '#b3261e', warning: '#8a5300', info: '#1a56a8' };

/** Style attributes only: many readers of mail drop style sheets. Nothing is loaded from elsewhere. */
function htmlPage(title: string, { notices }: Message): string {
  const body = notices.map((notice) => {
    const color = COLORS[notice.importance];
    const facts = factsOf(notice)
      .map(
        ([name, value]) => `<tr><th align="left" style="padding:0 12px 0 0">${name}</th><td>${html(value)}</td></tr>`,
      )
      .join('');
    const details = notice.details.map((detail) => `<li>${html(detail)}</li>`).join('');
    return `<section style="margin:0 0 24px;padding:0 0 0 12px;border-left:4px solid ${color}"><h2 style="font-size:16px;margin:0 0 4px"><span style="color:${color}">${notice.importance}</span> ${html(notice.title)}${notice.over ? ' (over)' : ''}</h2><p style="margin:0 0 8px">${html(notice.text)}</p><table role="presentation" style="font-size:14px;border-spacing:0">${facts}</table>${details === '' ? '' : `<ul style="margin:8px 0 0;padding:0 0 0 20px">${details}</ul>`}</section>`;
  });
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${html(title)}</title></head><body style="font-family:sans-serif;font-size:15px;line-height:1.4"><h1 style="font-size:18px">${html(title)}</h1>${body.join('')}</body></html>`;
}

function preformatted(text: string): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"></head><body><pre style="white-space:pre-wrap">${html(text)}</pre></body></html>`;
}
