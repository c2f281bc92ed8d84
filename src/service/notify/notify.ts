import { randomUUID } from 'node:crypto';
import { SutureError } from '../../core/errors/error.ts';
import type { Fleet } from '../../fleet/config/fleet.ts';
import { nearest } from '../../fleet/config/messages.ts';
import type { NotificationChannel } from '../../fleet/config/notifications.ts';
import type { FleetSituation } from '../situation/situation.ts';
import { databaseAges } from '../situation/thresholds.ts';
import { collectNotices } from './collect.ts';
import { type Courier, type Delivered, deliverDue, send } from './deliver.ts';
import type { Message } from './message.ts';
import { type Recorded, recordNotices } from './outbox.ts';
import type { Sender } from './send-http.ts';

export type Notified = Recorded & Delivered;

/**
 * Tells the channels of a fleet what came up since they were last told. Call it after each run and every few minutes; when
 * nothing changed it sends nothing.
 * @param patienceMs see `deliverDue`
 */
export async function notifyFleet(
  courier: Courier,
  fleet: Fleet,
  situation: FleetSituation,
  patienceMs = 0,
): Promise<Notified> {
  const elsewhere = new Set(situation.elsewhere);
  const recorded = await recordNotices(
    courier.store,
    courier.channels,
    collectNotices(situation, databaseAges(fleet)),
    ({ key, event }) => !isAboutImage(event) || !elsewhere.has(key.split(' ')[1] ?? ''),
  );
  return { ...recorded, ...(await deliverDue(courier, patienceMs)) };
}

function isAboutImage(event: string): boolean {
  return event.startsWith('image-') || event.startsWith('sla-') || event === 'end-of-life';
}

/**
 * Sends a message that says that it is a test. Nothing is recorded.
 * @throws NotificationFailure; SutureError CHANNEL_UNKNOWN, CONFIGURATION, FILE_UNREADABLE
 */
export async function testChannel(
  sender: Sender & Pick<Courier, 'caFiles'>,
  channels: readonly NotificationChannel[],
  name: string,
): Promise<Message> {
  const channel = channels.find((candidate) => candidate.name === name);
  if (channel === undefined) {
    const names = channels.map((candidate) => candidate.name);
    const near = nearest(name, names);
    const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
    throw new SutureError('CHANNEL_UNKNOWN', `there is no channel ${JSON.stringify(name)}${hint}`);
  }
  const at = new Date(sender.clock.now()).toISOString();
  const message: Message = {
    id: randomUUID(),
    channel,
    notices: [
      {
        key: 'test',
        event: 'test',
        importance: 'info',
        title: 'This is a test of a notification channel',
        text: 'Nothing happened. Whoever reads this will be told when something does.',
        subject: 'test',
        at,
        details: [`channel ${channel.name}`],
        over: false,
      },
    ],
  };
  await send(sender, message);
  return message;
}
