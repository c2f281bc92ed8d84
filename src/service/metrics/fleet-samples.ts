import { SEVERITIES } from '../../core/severity.ts';
import { OUTCOMES } from '../../fleet/store/results.ts';
import { deadlinesOf, type FleetSituation, type ImageSituation } from '../situation/situation.ts';
import { IMAGE_RESULTS } from './definitions.ts';
import { resultName } from './image-result.ts';
import { type Sample, sample, seconds } from './sample.ts';

/** Images with series of their own: about 30 each. Beyond, the sums are still complete. */
export const MOST_IMAGES = 2000;
const MOST_WAIVERS = 1000;
const MOST_REPOSITORIES = 500;

/** What metrics say of a fleet. What is not known has no sample, so that its absence can be told from a zero. */
export function fleetSamples(situation: FleetSituation, mostImages = MOST_IMAGES): readonly Sample[] {
  const shown = mostUrgent(situation.images, mostImages);
  return [
    ...databaseSamples(situation),
    ...situation.runs.flatMap(runSamples),
    ...sums(situation.images),
    ...shown.flatMap((image) => imageSamples(image, situation.now)),
    sample('patch_images_omitted', situation.images.length - shown.length),
    ...waiverSamples(situation),
    ...repositorySamples(situation.images),
  ];
}

function databaseSamples({ database, now }: FleetSituation): Sample[] {
  if (database === undefined) return [];
  const { updatedAt, nextUpdate } = database;
  return [
    sample('patch_db_updated_timestamp_seconds', seconds(updatedAt)),
    ...(nextUpdate === undefined ? [] : [sample('patch_db_next_update_timestamp_seconds', seconds(nextUpdate))]),
    sample('trivy_db_age_hours', Math.max(0, now - Date.parse(updatedAt)) / 3_600_000),
  ];
}

function runSamples({ shard, last, success }: FleetSituation['runs'][number]): Sample[] {
  return [
    ...(success === undefined
      ? []
      : [sample('patch_run_last_success_timestamp_seconds', seconds(success.endedAt), { shard })]),
    ...(last === undefined
      ? []
      : [
          sample('patch_run_duration_seconds', seconds(last.endedAt) - seconds(last.startedAt), { shard }),
          ...OUTCOMES.map((outcome) => sample('patch_run_images', last.counts[outcome] ?? 0, { shard, outcome })),
        ]),
  ];
}

/** Of all images: what is asked for by team needs no series of each image. */
function sums(images: readonly ImageSituation[]): Sample[] {
  const results = new Map<string, { team: string; result: string; count: number }>();
  const findings = new Map<string, { team: string; severity: string; state: string; count: number }>();
  for (const image of images) {
    const { team = '' } = image;
    for (const result of IMAGE_RESULTS) {
      const key = `${team}\n${result}`;
      const entry = results.get(key) ?? { team, result, count: 0 };
      results.set(key, { ...entry, count: entry.count + (resultName(image) === result ? 1 : 0) });
    }
    for (const { tier, state, count } of image.counts) {
      const labels = { team, severity: tier, state };
      const key = Object.values(labels).join('\n');
      findings.set(key, { ...labels, count: (findings.get(key)?.count ?? 0) + count });
    }
  }
  return [
    ...[...results.values()].map(({ count, ...labels }) => sample('patch_images', count, labels)),
    ...[...findings.values()].map(({ count, ...labels }) => sample('patch_findings', count, labels)),
  ];
}

/** What somebody must look at has a series before what is as it should be. */
function mostUrgent(images: readonly ImageSituation[], most: number): readonly ImageSituation[] {
  if (images.length <= most) return images;
  const order: readonly (string | undefined)[] = IMAGE_RESULTS;
  const rank = (image: ImageSituation) => -order.indexOf(resultName(image));
  return [...images].sort((a, b) => rank(a) - rank(b) || (a.reference < b.reference ? -1 : 1)).slice(0, most);
}

function imageSamples(image: ImageSituation, time: number): Sample[] {
  const { reference, team = '', failures, verifiedAt } = image;
  const labels = { image: reference };
  const now = resultName(image);
  return [
    sample('patch_image_info', 1, { ...labels, team }),
    ...(now === undefined
      ? []
      : IMAGE_RESULTS.map((result) => sample('patch_image_result', result === now ? 1 : 0, { ...labels, result }))),
    sample('patch_image_consecutive_failures', failures, labels),
    ...(verifiedAt === undefined
      ? []
      : [sample('patch_image_last_verified_timestamp_seconds', seconds(verifiedAt), labels)]),
    ...vulnerabilitySamples(image),
    ...deadlineSamples(image, time),
  ];
}

/** Only of images that were compared with a database: nothing known is not zero. */
function vulnerabilitySamples({ reference, result, counts }: ImageSituation): Sample[] {
  if (result?.detail.database === undefined && counts.length === 0) return [];
  return SEVERITIES.flatMap((severity) => {
    const open = counts.filter((entry) => entry.severity === severity);
    const sum = (isFixable: boolean) =>
      open.reduce((total, { fixable, count }) => total + (fixable === isFixable ? count : 0), 0);
    const labels = { image: reference, severity };
    return [
      sample('patch_image_fixable_vulnerabilities', sum(true), labels),
      sample('patch_image_unfixable_vulnerabilities', sum(false), labels),
    ];
  });
}

function deadlineSamples(image: ImageSituation, now: number): Sample[] {
  const seen = new Set<string>();
  return deadlinesOf(image, now).flatMap(({ tier, dueAt, window }) => {
    if (seen.has(tier)) return [];
    seen.add(tier);
    const labels = { image: image.reference, severity: tier };
    return [
      sample('patch_image_sla_deadline_timestamp_seconds', dueAt / 1000, labels),
      sample('patch_image_sla_window_seconds', window / 1000, labels),
    ];
  });
}

function waiverSamples({ waivers, images }: FleetSituation): Sample[] {
  const teams = new Map<string, number>(images.map(({ team = '' }) => [team, 0]));
  for (const { teams: concerned } of waivers)
    for (const team of concerned.length === 0 ? [''] : concerned) teams.set(team, (teams.get(team) ?? 0) + 1);
  return [
    ...[...teams].map(([team, count]) => sample('patch_waivers_active', count, { team })),
    ...waivers.slice(0, MOST_WAIVERS).map(({ waiver, teams: concerned }) =>
      sample('patch_waiver_expiry_timestamp_seconds', seconds(waiver.expires_at), {
        waiver: waiver.id,
        vulnerability: waiver.vulnerability,
        team: concerned.join(','),
      }),
    ),
  ];
}

/** The newest date that an image was planned with. */
function repositorySamples(images: readonly ImageSituation[]): Sample[] {
  const dates = new Map<string, number>();
  for (const { result } of images)
    for (const { id, date } of result?.repositories ?? []) {
      const time = seconds(date);
      if (Number.isFinite(time)) dates.set(id, Math.max(dates.get(id) ?? 0, time));
    }
  return [...dates]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MOST_REPOSITORIES)
    .map(([repository, time]) => sample('patch_repository_release_timestamp_seconds', time, { repository }));
}
