import type { NewWaiver } from '../../../src/service/api/contract/waivers.ts';

/** What the form holds: texts, as they are typed. */
export interface WaiverDraft {
  readonly vulnerability: string;
  readonly image: string;
  readonly package: string;
  readonly owner: string;
  readonly ticket: string;
  readonly reason: string;
  readonly justification: NewWaiver['justification'];
  /** The last day on which it holds, `2026-12-20`; its end is the end of that day in UTC. */
  readonly lastDay: string;
}

export type DraftErrors = Readonly<Partial<Record<keyof WaiverDraft, string>>>;

const DAY_MS = 86_400_000;
/** Proposed for a new waiver. */
const USUAL_DAYS = 30;

/** @param now milliseconds since the epoch */
export function newDraft(given: Partial<WaiverDraft>, now: number): WaiverDraft {
  return {
    vulnerability: '',
    image: '',
    package: '',
    owner: '',
    ticket: '',
    reason: '',
    justification: 'none',
    lastDay: dayOf(now + USUAL_DAYS * DAY_MS),
    ...given,
  };
}

/** `2026-12-20` in UTC. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** Why a draft cannot be sent yet, by field; empty when it can. */
export function draftErrors(draft: WaiverDraft, now: number): DraftErrors {
  const errors: { -readonly [K in keyof WaiverDraft]?: string } = {};
  const needed = {
    vulnerability: 'Say which vulnerability.',
    image: 'Say which images: a reference, or a pattern with * or **.',
    owner: 'Say who answers for it.',
    ticket: 'Say where it was decided.',
    reason: 'Say why it is acceptable.',
  } as const;
  for (const [field, message] of Object.entries(needed) as [keyof typeof needed, string][])
    if (draft[field].trim() === '') errors[field] = message;
  const end = endOf(draft.lastDay);
  if (end === undefined) errors.lastDay = 'Say until when; there is no waiver without an end.';
  else if (Date.parse(end) <= now) errors.lastDay = 'This day is over.';
  return errors;
}

/** What is sent. @throws RangeError for a draft with errors */
export function toWaiver(draft: WaiverDraft): NewWaiver {
  const expiresAt = endOf(draft.lastDay);
  if (expiresAt === undefined) throw new RangeError('a waiver needs an end');
  const name = draft.package.trim();
  return {
    vulnerability: draft.vulnerability.trim(),
    image: draft.image.trim(),
    ...(name === '' ? {} : { package: name }),
    owner: draft.owner.trim(),
    ticket: draft.ticket.trim(),
    reason: draft.reason.trim(),
    justification: draft.justification,
    expiresAt,
  };
}

function endOf(day: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const time = Date.parse(`${day}T23:59:59.000Z`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
