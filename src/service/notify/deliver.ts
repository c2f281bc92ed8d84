import { randomUUID } from 'node:crypto';
import { isSutureError } from '../../core/errors/error.ts';
import type { NotificationChannel } from '../../fleet/config/notifications.ts';
import { IMPORTANCES } from '../../fleet/notices/notice.ts';
import type { DeliveryRow } from '../../fleet/store/notification-tables.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import type { Message, ToldNotice } from './message.ts';
import type { StoredNotice } from './outbox.ts';
import { sendEmail } from './send-email.ts';
import { NotificationFailure, type Sender, sendHttp } from './send-http.ts';

/** Whoever sends a message has this long before another one takes it up. Longer than all time limits of an attempt together. */
const LEASE_MS = 10 * 60_000;
const FIRST_DELAY_MS = 2_000;
const LONGEST_DELAY_MS = 3_600_000;
const LONGEST_RETRY_AFTER_MS = 86_400_000;
/** After this a message is given up: nobody needs it any more. */
const GIVE_UP_MS = 3 * 86_400_000;

export interface Courier extends Sender {
  readonly store: FleetStore;
  readonly channels: readonly NotificationChannel[];
  /** As of the HTTP client, for mail. */
  readonly caFiles: readonly string[];
}

export interface Delivered {
  readonly delivered: number;
  /** Attempts that failed; each message waits for its next one, unless it was given up. */
  readonly failures: readonly { readonly channel: string; readonly message: string; readonly givenUp: boolean }[];
}

/**
 * Sends what is due. A message is taken by one replica at a time, and is only marked as sent when it was: after a crash it is sent
 * again, with the same id.
 * @param patienceMs how long to wait for messages whose next attempt is near; a service comes back anyway, a command does not
 */
export async function deliverDue(courier: Courier, patienceMs = 0): Promise<Delivered> {
  const { store, clock, signal } = courier;
  const deadline = clock.now() + patienceMs;
  const failures: { channel: string; message: string; givenUp: boolean }[] = [];
  let delivered = 0;
  for (;;) {
    signal.throwIfAborted();
    const row = await claim(courier);
    if (row !== undefined) {
      const failure = await attempt(courier, row);
      if (failure === undefined) delivered += 1;
      else failures.push(failure);
      continue;
    }
    const next = await nextDue(store, courier.channels);
    if (next === undefined || next > deadline || patienceMs === 0) return { delivered, failures };
    await clock.sleep(Math.max(next - clock.now(), 50), signal);
  }
}

async function claim({ store, channels }: Courier): Promise<DeliveryRow | undefined> {
  if (channels.length === 0) return undefined;
  const now = store.now();
  const names = channels.map(({ name }) => name);
  const until = new Date(store.clock.now() + LEASE_MS).toISOString();
  return store.database
    .updateTable('deliveries')
    .set(({ eb }) => ({ claimed_by: randomUUID(), claimed_until: until, attempts: eb('attempts', '+', 1) }))
    .where(({ eb, selectFrom }) => {
      const due = selectFrom('deliveries as candidate')
        .select('candidate.id')
        .where('candidate.delivered_at', 'is', null)
        .where('candidate.failed_at', 'is', null)
        .where('candidate.due_at', '<=', now)
        .where('candidate.channel', 'in', names)
        .where(({ or, eb: each }) => or([each('claimed_until', 'is', null), each('claimed_until', '<=', now)]))
        .orderBy('candidate.due_at')
        .orderBy('candidate.id')
        .limit(1);
      // Replicas pass each other by; SQLite has one writer at a time.
      return eb('id', '=', store.dialect === 'postgres' ? due.forUpdate().skipLocked() : due);
    })
    .returningAll()
    .executeTakeFirst();
}

async function attempt(courier: Courier, row: DeliveryRow): Promise<Delivered['failures'][number] | undefined> {
  const { store } = courier;
  const channel = courier.channels.find(({ name }) => name === row.channel);
  if (channel === undefined) return undefined;
  try {
    await send(courier, { id: row.id, channel, notices: await told(store, row) });
    await settle(store, row, { delivered_at: store.now(), last_error: null });
    return undefined;
  } catch (error) {
    if (courier.signal.aborted) {
      // Given back as it was: the next start sends it at once.
      await settle(store, row, { attempts: row.attempts - 1 });
      throw error;
    }
    if (!isSutureError(error)) throw error;
    const { message } = error;
    const now = store.clock.now();
    const gone = error instanceof NotificationFailure && error.gone;
    const givenUp = gone || now - Date.parse(row.created_at) > GIVE_UP_MS;
    const wait = delayOf(row.attempts, error instanceof NotificationFailure ? error.retryAfter : undefined);
    const next = givenUp ? { failed_at: store.now() } : { due_at: new Date(now + wait).toISOString() };
    await settle(store, row, { ...next, last_error: message });
    return { channel: row.channel, message, givenUp };
  }
}

/** Sends a message once. @throws NotificationFailure; SutureError CONFIGURATION, FILE_UNREADABLE */
export async function send(sender: Sender & Pick<Courier, 'caFiles'>, message: Message): Promise<void> {
  const { target } = message.channel;
  if (target.kind === 'email') await sendEmail(sender, message, target, sender.caFiles);
  else await sendHttp(sender, message, target);
}

/** 2 s, 8 s, 32 s … up to an hour, and never less than the other side asks for. */
function delayOf(attempts: number, retryAfter = 0): number {
  const delay = Math.min(FIRST_DELAY_MS * 4 ** (attempts - 1), LONGEST_DELAY_MS);
  return Math.max(delay, Math.min(retryAfter, LONGEST_RETRY_AFTER_MS));
}

/** Only if nobody else took it up in the meantime. */
async function settle(
  store: FleetStore,
  { id, claimed_by: holder }: DeliveryRow,
  change: Partial<DeliveryRow>,
): Promise<void> {
  await store.database
    .updateTable('deliveries')
    .set({ ...change, claimed_by: null, claimed_until: null })
    .where('id', '=', id)
    .where('claimed_by', '=', holder)
    .execute();
}

/** The notices of a message, with what became of them since they came up. */
async function told(store: FleetStore, row: DeliveryRow): Promise<readonly ToldNotice[]> {
  const notices = JSON.parse(row.notices) as readonly StoredNotice[];
  const keys = notices.map(({ key }) => key);
  const rows = await store.database.selectFrom('notices').selectAll().where('key', 'in', keys).execute();
  const known = new Map(rows.map((found) => [found.key, found]));
  const all = notices.map(({ occurrence, ...notice }) => {
    const now = known.get(notice.key);
    const over = now === undefined || now.occurrence !== occurrence || now.resolved_at !== null;
    return { ...notice, over: over && notice.event !== 'image-patched' };
  });
  return all.sort((a, b) => IMPORTANCES.indexOf(b.importance) - IMPORTANCES.indexOf(a.importance));
}

/** Milliseconds since the epoch; undefined when nothing waits. */
async function nextDue(store: FleetStore, channels: readonly NotificationChannel[]): Promise<number | undefined> {
  if (channels.length === 0) return undefined;
  const row = await store.database
    .selectFrom('deliveries')
    .select(({ fn }) => fn.min('due_at').as('next'))
    .where('delivered_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('claimed_by', 'is', null)
    .where(
      'channel',
      'in',
      channels.map(({ name }) => name),
    )
    .executeTakeFirst();
  return row?.next ? Date.parse(row.next) : undefined;
}
