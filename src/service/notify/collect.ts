import { SEVERITIES } from '../../core/severity.ts';
import { type Notice, shortenDetails } from '../../fleet/notices/notice.ts';
import { waiverState } from '../../fleet/waiver-match.ts';
import {
  type DatabaseSituation,
  type Deadline,
  DUE_SOON,
  deadlinesOf,
  FAILURES_TOLD,
  type FleetSituation,
  type ImageSituation,
  type RunSituation,
  verdictOf,
} from '../situation/situation.ts';
import type { DatabaseAges } from '../situation/thresholds.ts';

/** Everything that people can be told of now. What they were told already is not known here: see `outbox.ts`. */
export function collectNotices(situation: FleetSituation, ages: DatabaseAges): readonly Notice[] {
  return [
    ...situation.runs.flatMap(runNotices),
    ...situation.images.flatMap((image) => imageNotices(image, situation.now)),
    ...waiverNotices(situation),
    ...databaseNotices(situation, ages),
  ];
}

function runNotices({ shard, last }: RunSituation): Notice[] {
  const verdict = last === undefined ? 'done' : verdictOf(last);
  if (last === undefined || verdict === 'done') return [];
  const counts = Object.entries(last.counts).filter(([name, count]) => count > 0 && name !== 'unchanged');
  const name = shard === '1/1' ? 'the run' : `the run of shard ${shard}`;
  const failed = verdict === 'failed';
  return [
    {
      key: `run-${verdict} ${shard}`,
      event: failed ? 'run-failed' : 'run-partly',
      importance: failed ? 'critical' : 'warning',
      title: failed ? `${capital(name)} failed for every image` : `${capital(name)} was done in part`,
      text: failed
        ? 'No image could be worked on, which mostly has one cause: the registry, the repositories or the network.'
        : 'Some images failed, were refused, or keep packages that could not be changed; `suture run` lists each with its reason.',
      subject: last.id,
      at: last.endedAt,
      details: counts.map(([outcome, count]) => `${count} ${outcome}`),
    },
  ];
}

function imageNotices(image: ImageSituation, now: number): Notice[] {
  return [
    ...failingNotices(image),
    ...patchedNotices(image),
    ...endOfLifeNotices(image),
    ...deadlinesOf(image, now).flatMap((deadline) => deadlineNotices(image, deadline, now)),
  ];
}

/** What every notice about an image says of it. */
function about({ reference, team, owner, set }: ImageSituation) {
  const { notify } = set.policy;
  return {
    subject: reference,
    image: reference,
    ...(team === undefined ? {} : { team }),
    ...(owner === undefined ? {} : { owner }),
    ...(notify === undefined ? {} : { channels: notify }),
  };
}

function failingNotices(image: ImageSituation): Notice[] {
  const { reference, failures, result, finishedAt } = image;
  if (failures < FAILURES_TOLD || result === undefined || finishedAt === undefined) return [];
  const { error } = result.detail;
  return [
    {
      ...about(image),
      key: `image-failing ${reference}`,
      event: 'image-failing',
      importance: 'critical',
      title: `${reference} failed in ${failures} runs`,
      text: 'The image is not kept patched until the cause is gone.',
      at: finishedAt,
      details: error === undefined ? [] : [`${error.code}: ${error.message}`],
    },
  ];
}

function patchedNotices(image: ImageSituation): Notice[] {
  const { reference, result, finishedAt } = image;
  if (result?.publishedReference === undefined || result.publishedDigest === undefined || finishedAt === undefined)
    return [];
  if (result.outcome !== 'patched' && result.outcome !== 'partial') return [];
  const { changed, pending } = result.detail;
  return [
    {
      ...about(image),
      key: `image-patched ${reference} ${result.publishedDigest}`,
      event: 'image-patched',
      importance: 'info',
      title: `${result.publishedReference} was published`,
      text: `It replaces ${reference}.`,
      at: finishedAt,
      details: shortenDetails([
        result.publishedDigest,
        `${changed} packages changed`,
        ...pending.map(({ name, reason }) => `${name} stays as it is: ${reason}`),
      ]),
    },
  ];
}

function endOfLifeNotices(image: ImageSituation): Notice[] {
  const { reference, endOfLife, finishedAt } = image;
  if (!endOfLife || finishedAt === undefined) return [];
  return [
    {
      ...about(image),
      key: `end-of-life ${reference}`,
      event: 'end-of-life',
      importance: 'warning',
      title: `The system of ${reference} gets no more security updates`,
      text: 'What is found in it from now on will not be fixed. Move the image to a supported release.',
      at: finishedAt,
      details: [],
    },
  ];
}

function deadlineNotices(image: ImageSituation, deadline: Deadline, now: number): Notice[] {
  const { tier, dueAt, window, findings } = deadline;
  const breached = deadline.isLate;
  if (!breached && dueAt - now > window * DUE_SOON) return [];
  const due = new Date(dueAt).toISOString();
  const severities = findings.map((row) => LEVELS.indexOf(row.severity));
  const severity = SEVERITIES[Math.max(0, ...severities)] ?? 'UNKNOWN';
  const event = breached ? 'sla-breached' : 'sla-due';
  const many = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
  return [
    {
      ...about(image),
      key: `${event} ${image.reference} ${tier} ${due}`,
      event,
      importance: breached ? 'critical' : 'warning',
      title: breached
        ? `${image.reference}: ${many} (${tier}) late since ${due}`
        : `${image.reference}: ${many} (${tier}) due by ${due}`,
      text: breached
        ? 'The fix has been available for longer than the service level allows.'
        : 'Less than a fifth of the time that the service level allows is left.',
      at: breached ? due : new Date(dueAt - window * DUE_SOON).toISOString(),
      severity,
      dueAt: due,
      details: shortenDetails(
        findings.map((row) => {
          const blocked = row.blocked_by === null ? '' : ` (${row.blocked_by})`;
          return `${row.vulnerability} in ${row.package} ${row.installed_version}${blocked}`;
        }),
      ),
    },
  ];
}

const LEVELS: readonly string[] = SEVERITIES;

function waiverNotices({ waivers, now }: FleetSituation): Notice[] {
  return waivers
    .filter(({ waiver }) => waiverState(waiver, now) === 'expiring')
    .map(({ waiver, teams }) => ({
      key: `waiver-expiring ${waiver.id} ${waiver.expires_at}`,
      event: 'waiver-expiring',
      importance: 'warning',
      title: `The waiver of ${waiver.vulnerability} for ${waiver.image} ends ${waiver.expires_at}`,
      text: 'From then on its findings count again, and their clocks run on. Fix them, or decide anew.',
      subject: waiver.id,
      at: waiver.created_at,
      owner: waiver.owner,
      dueAt: waiver.expires_at,
      ...(teams.length === 1 && teams[0] !== undefined ? { team: teams[0] } : {}),
      details: [`${waiver.ticket}: ${waiver.reason}`],
    }));
}

function databaseNotices({ database, needsDatabase, now }: FleetSituation, ages: DatabaseAges): Notice[] {
  if (database === undefined) return needsDatabase ? [missingDatabase(now)] : [];
  const age = now - Date.parse(database.updatedAt);
  if (age <= ages.warning) return [];
  const importance = age > ages.critical ? 'critical' : 'warning';
  return [staleDatabase(database, age, importance)];
}

function missingDatabase(now: number): Notice {
  return {
    key: 'database-stale missing',
    event: 'database-stale',
    importance: 'critical',
    title: 'There is no vulnerability database',
    text: 'Images are not compared with anything, so nothing is known of their findings. Run `suture db update`.',
    subject: 'database',
    at: new Date(now).toISOString(),
    details: [],
  };
}

function staleDatabase({ updatedAt }: DatabaseSituation, age: number, importance: 'warning' | 'critical'): Notice {
  return {
    key: `database-stale ${importance}`,
    event: 'database-stale',
    importance,
    title: `The vulnerability database is ${Math.floor(age / 3_600_000)} hours old`,
    text: 'Newer vulnerabilities are not seen. Run `suture db update`, or look why it does not get through.',
    subject: 'database',
    at: updatedAt,
    details: [`built ${updatedAt}`],
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
