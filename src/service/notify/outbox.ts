import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { compareSeverity } from '../../core/severity.ts';
import type { NotificationChannel } from '../../fleet/config/notifications.ts';
import { IMPORTANCES, isAtLeast, type Notice } from '../../fleet/notices/notice.ts';
import type { Tables } from '../../fleet/store/schema.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { nextDigest } from './digest.ts';

/** In one message; more of them make several. */
const MOST_NOTICES = 100;
/** What was delivered is forgotten after this, and what was over for as long. */
const KEPT_MS = 30 * 86_400_000;
/** News older than this when they are first seen are no news: a store that existed before its notifications did. */
const NEWS_MS = 86_400_000;

export interface Recorded {
  readonly opened: number;
  readonly resolved: number;
}

/** What the outbox keeps of a notice: enough to tell of it, and how often it had come. */
export interface StoredNotice extends Notice {
  readonly occurrence: number;
}

/**
 * Compares what is so now with what was told, and puts messages about the difference into the outbox, all in one transaction:
 * what is new is told once, what is over is forgotten, and what comes again is told again. Several replicas may do this at once.
 * @param judges whether a notice that is open and not among these is over; another configuration's are not
 */
export async function recordNotices(
  store: FleetStore,
  channels: readonly NotificationChannel[],
  notices: readonly Notice[],
  judges: (row: { readonly key: string; readonly event: string }) => boolean,
): Promise<Recorded> {
  return store.database.transaction().execute(async (transaction) => {
    await inOrder(transaction);
    const now = store.now();
    const rows = await transaction.selectFrom('notices').selectAll().execute();
    const known = new Map(rows.map((row) => [row.key, row]));
    const current = new Set(notices.map(({ key }) => key));
    const opened: StoredNotice[] = [];
    for (const notice of notices) {
      const row = known.get(notice.key);
      if (row !== undefined && row.resolved_at === null) continue;
      const occurrence = (row?.occurrence ?? 0) + 1;
      const values = { key: notice.key, occurrence, event: notice.event, opened_at: now, resolved_at: null };
      await transaction
        .insertInto('notices')
        .values(values)
        .onConflict((conflict) => conflict.column('key').doUpdateSet(values))
        .execute();
      opened.push({ ...notice, occurrence });
    }
    const over = rows.filter((row) => row.resolved_at === null && !current.has(row.key) && judges(row));
    for (const { key } of over)
      await transaction.updateTable('notices').set({ resolved_at: now }).where('key', '=', key).execute();
    const news = opened.filter(
      ({ event, at }) => event !== 'image-patched' || store.clock.now() - Date.parse(at) <= NEWS_MS,
    );
    for (const channel of channels) await enqueue(transaction, store, channel, news.filter(isFor(channel)));
    await forget(transaction, new Date(store.clock.now() - KEPT_MS).toISOString());
    return { opened: opened.length, resolved: over.length };
  });
}

/** A write first, so that writers come one after the other on both databases. */
async function inOrder(transaction: Transaction<Tables>): Promise<void> {
  await transaction
    .updateTable('ledger')
    .set((expression) => ({ sequence: expression.ref('sequence') }))
    .where('id', '=', 1)
    .execute();
}

/** Whether a channel wants to know of a notice. */
export function isFor(channel: NotificationChannel): (notice: Notice) => boolean {
  const { name, events, minimum, severity, teams } = channel;
  return (notice) =>
    (notice.channels?.includes(name) ?? true) &&
    (events?.some((event) => event === notice.event) ?? true) &&
    isAtLeast(notice.importance, minimum) &&
    (severity === undefined || notice.severity === undefined || compareSeverity(notice.severity, severity) >= 0) &&
    (teams === undefined || notice.image === undefined || (notice.team !== undefined && teams.includes(notice.team)));
}

async function enqueue(
  transaction: Transaction<Tables>,
  store: FleetStore,
  channel: NotificationChannel,
  notices: readonly StoredNotice[],
): Promise<void> {
  if (notices.length === 0) return;
  const rank = ({ importance }: Notice) => -IMPORTANCES.indexOf(importance);
  let waiting = [...notices].sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1));
  const now = store.clock.now();
  const due = channel.digest === undefined ? now : nextDigest(channel.digest, now);
  const dueAt = new Date(due).toISOString();
  if (channel.digest !== undefined) waiting = await appendToDigest(transaction, channel.name, dueAt, waiting);
  for (let at = 0; at < waiting.length; at += MOST_NOTICES)
    await transaction
      .insertInto('deliveries')
      .values({
        id: randomUUID(),
        channel: channel.name,
        notices: JSON.stringify(waiting.slice(at, at + MOST_NOTICES)),
        created_at: new Date(now).toISOString(),
        due_at: dueAt,
        attempts: 0,
        claimed_by: null,
        claimed_until: null,
        delivered_at: null,
        failed_at: null,
        last_error: null,
      })
      .execute();
}

/** A digest that is not due cannot be in anybody's hands. Returns what found no place in it. */
async function appendToDigest(
  transaction: Transaction<Tables>,
  channel: string,
  dueAt: string,
  notices: readonly StoredNotice[],
): Promise<StoredNotice[]> {
  const row = await transaction
    .selectFrom('deliveries')
    .selectAll()
    .where('channel', '=', channel)
    .where('due_at', '=', dueAt)
    .where('attempts', '=', 0)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return [...notices];
  const there = JSON.parse(row.notices) as readonly StoredNotice[];
  const room = Math.max(0, MOST_NOTICES - there.length);
  const together = JSON.stringify([...there, ...notices.slice(0, room)]);
  await transaction.updateTable('deliveries').set({ notices: together }).where('id', '=', row.id).execute();
  return notices.slice(room);
}

async function forget(database: Kysely<Tables>, before: string): Promise<void> {
  await database.deleteFrom('notices').where('resolved_at', '<', before).execute();
  await database
    .deleteFrom('deliveries')
    .where(({ or, eb }) => or([eb('delivered_at', '<', before), eb('failed_at', '<', before)]))
    .execute();
}
