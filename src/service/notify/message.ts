import type { NotificationChannel } from '../../fleet/config/notifications.ts';
import type { Importance, Notice } from '../../fleet/notices/notice.ts';
import { renderTemplate, type TemplateValue } from '../../fleet/notices/template.ts';
import { type Escape, oneLine } from './escape.ts';

/** A notice as it is told. */
export interface ToldNotice extends Notice {
  /** It was so, and is not any more: digests tell later. */
  readonly over: boolean;
}

/** What is sent to a channel at once. */
export interface Message {
  /** The same for every attempt. */
  readonly id: string;
  readonly channel: NotificationChannel;
  /** The most important first. */
  readonly notices: readonly ToldNotice[];
}

export function countOf({ notices }: Message, importance: Importance): number {
  return notices.filter((notice) => notice.importance === importance).length;
}

/** First line of a message: by the channel's template, else that of its only notice, or how many there are. */
export function titleOf(message: Message): string {
  const { templates } = message.channel;
  if (templates.title === undefined) return usualTitle(message);
  return oneLine(renderTemplate(templates.title, valuesOf(message, usualTitle(message)), oneLine)).slice(0, 250);
}

function usualTitle(message: Message): string {
  const { notices } = message;
  const [first] = notices;
  if (notices.length === 1 && first !== undefined) return oneLine(`${first.title}${first.over ? ' (over)' : ''}`);
  const parts = (['critical', 'warning', 'info'] as const)
    .map((importance) => ({ importance, count: countOf(message, importance) }))
    .filter(({ count }) => count > 0)
    .map(({ importance, count }) => `${count} ${importance}`);
  return `${notices.length} notices: ${parts.join(', ')}`;
}

/** The body by the channel's own template; undefined when it has none. */
export function ownText(message: Message, part: 'text' | 'html', escapeValue: Escape): string | undefined {
  const template = message.channel.templates[part];
  return template === undefined
    ? undefined
    : renderTemplate(template, valuesOf(message, titleOf(message)), escapeValue);
}

/** What a template can name; see MESSAGE_FIELDS and NOTICE_FIELDS. */
function valuesOf(message: Message, title: string): TemplateValue {
  const { id, channel, notices } = message;
  return {
    id,
    channel: channel.name,
    title,
    count: notices.length,
    critical: countOf(message, 'critical'),
    warning: countOf(message, 'warning'),
    info: countOf(message, 'info'),
    digest: channel.digest !== undefined,
    notices: notices.map((notice) => ({
      event: notice.event,
      importance: notice.importance,
      title: notice.title,
      text: notice.text,
      subject: notice.subject,
      at: notice.at,
      image: notice.image,
      team: notice.team,
      owner: notice.owner,
      severity: notice.severity,
      dueAt: notice.dueAt,
      details: notice.details,
      over: notice.over,
    })),
  };
}
