import { DUE_SOON, FAILURES_TOLD } from '../situation/situation.ts';
import type { DatabaseAges } from '../situation/thresholds.ts';
import { once } from './promql.ts';

export interface Alert {
  readonly name: string;
  readonly expression: string;
  /** Prometheus duration. */
  readonly for: string;
  readonly severity: 'warning' | 'critical';
  readonly summary: string;
  readonly description: string;
  /** What to do, a step a line. */
  readonly runbook: string;
}

export interface AlertThresholds {
  readonly database: DatabaseAges;
  /** Milliseconds from one run to the next. */
  readonly runInterval: number;
  /** Milliseconds before its end that a waiver is warned of. */
  readonly waiverWarning: number;
}

/** `vulnerability_severity`, as `severity` is that of the alert. */
const renamed = (expression: string) =>
  `label_replace(${expression}, "vulnerability_severity", "$1", "severity", "(.+)")`;

/** Every alert, with what to do. Whatever could be silent because it is not there has an alert for its absence. */
export function alerts(thresholds: AlertThresholds): readonly Alert[] {
  return [
    ...absenceAlerts(thresholds),
    ...databaseAlerts(thresholds),
    ...runAlerts(thresholds),
    ...imageAlerts(),
    ...slaAlerts(),
    ...otherAlerts(thresholds),
  ];
}

function absenceAlerts({ runInterval }: AlertThresholds): Alert[] {
  return [
    {
      name: 'SutureMetricsAbsent',
      expression: 'absent(patch_build_info)',
      for: '15m',
      severity: 'critical',
      summary: 'Nothing is known of the fleet',
      description: 'No metric of Suture arrives: neither a service nor a metrics file is read.',
      runbook:
        'See whether `suture serve` runs and is scraped, or whether node_exporter reads the file of `suture run --metrics-file`.\nAs long as this fires, none of the other alerts can.',
    },
    {
      name: 'SutureStoreDown',
      expression: 'patch_store_up == 0',
      for: '5m',
      severity: 'critical',
      summary: 'The fleet store cannot be read',
      description: 'The service answers, but its store does not: nothing is known of the fleet, and no run can begin.',
      runbook: 'See the log of the service for the cause.\nCheck the database or the file that SUTURE_STORE names.',
    },
    {
      name: 'SutureNoImages',
      expression: 'absent(patch_image_result) and on() absent(patch_store_up == 0)',
      for: prometheusDuration(runInterval),
      severity: 'warning',
      summary: 'There is no image with a result',
      description: 'Either no run was ever done, or the configuration names no image that the store knows.',
      runbook: 'Run `suture config validate` and `suture run`.\nSee that both use the same store as the service.',
    },
  ];
}

function databaseAlerts({ database }: AlertThresholds): Alert[] {
  // Of replicas with a database each, the oldest counts.
  const age = 'time() - min(patch_db_updated_timestamp_seconds)';
  const runbook =
    'Run `suture db status`, then `suture db update`, and see its message.\nBehind an air gap: see when the last import was, and what it brought.';
  const stale = (severity: 'warning' | 'critical', limit: number): Alert => ({
    name: severity === 'critical' ? 'SutureDatabaseOutdated' : 'SutureDatabaseStale',
    expression: `${age} > ${limit / 1000}`,
    for: '15m',
    severity,
    summary: `The vulnerability database is more than ${hours(limit)} old`,
    description: 'It was built {{ $value | humanizeDuration }} ago. Newer vulnerabilities are not seen.',
    runbook,
  });
  return [
    stale('warning', database.warning),
    stale('critical', database.critical),
    {
      name: 'SutureDatabaseAbsent',
      expression: 'absent(patch_db_updated_timestamp_seconds)',
      for: '1h',
      severity: 'critical',
      summary: 'There is no vulnerability database',
      description: 'Images are not compared with anything, so nothing is known of their findings.',
      runbook,
    },
  ];
}

function runAlerts({ runInterval }: AlertThresholds): Alert[] {
  const runbook =
    'See the last runs in the dashboard or with `suture run`, whose table names every failure.\nSee whether the schedule is on, and whether the registry and the repositories can be reached.';
  return [
    {
      name: 'SutureRunOverdue',
      expression: `time() - ${once('patch_run_last_success_timestamp_seconds')} > ${(2 * runInterval) / 1000}`,
      for: '15m',
      severity: 'critical',
      summary: 'No run was successful for two intervals',
      description: 'Shard {{ $labels.shard }}: the last was {{ $value | humanizeDuration }} ago.',
      runbook,
    },
    {
      name: 'SutureRunAbsent',
      expression: 'absent(patch_run_last_success_timestamp_seconds) and on() absent(patch_store_up == 0)',
      for: prometheusDuration(runInterval),
      severity: 'critical',
      summary: 'No run was ever successful',
      description: 'No run over the fleet has ended in which not every image failed.',
      runbook,
    },
  ];
}

function imageAlerts(): Alert[] {
  return [
    {
      name: 'SutureImageFailing',
      expression: `${once('patch_image_consecutive_failures')} >= ${FAILURES_TOLD}`,
      for: '0m',
      severity: 'warning',
      summary: 'An image failed in {{ $value }} runs',
      description: '{{ $labels.image }} is not kept patched until the cause is gone.',
      runbook: 'Run `suture plan {{ $labels.image }}` and see its message, or the image in the dashboard.',
    },
    {
      name: 'SutureEndOfLife',
      expression: `${once('patch_image_result', 'result="eol"')} == 1`,
      for: '0m',
      severity: 'warning',
      summary: 'The system of an image gets no more security updates',
      description: 'What is found in {{ $labels.image }} from now on will not be fixed.',
      runbook: 'Move the image to a supported release of its distribution.',
    },
    {
      name: 'SutureImagesOmitted',
      expression: `${once('patch_images_omitted')} > 0`,
      for: '1h',
      severity: 'warning',
      summary: '{{ $value }} images have no metrics of their own',
      description: 'There are more images than series for them; those in order are left out first. Sums are complete.',
      runbook: 'Divide the fleet into several configurations with a store and a service each.',
    },
  ];
}

function slaAlerts(): Alert[] {
  const deadline = once('patch_image_sla_deadline_timestamp_seconds');
  const window = once('patch_image_sla_window_seconds');
  const about = '{{ $labels.image }}, {{ $labels.vulnerability_severity }}';
  const runbook =
    'See the image in the dashboard: what is pending has a reason.\nHeld packages and scripts that need a sandbox are named there; a waiver stops the clock for a time.';
  return [
    {
      name: 'SutureSlaDueSoon',
      expression: renamed(`(${deadline} - time() > 0) and (${deadline} - time() < ${DUE_SOON} * ${window})`),
      for: '0m',
      severity: 'warning',
      summary: 'A service level ends soon',
      description: `${about}: {{ $value | humanizeDuration }} left, less than a fifth of the time allowed.`,
      runbook,
    },
    {
      name: 'SutureSlaBreached',
      expression: renamed(`time() - ${deadline} >= 0`),
      for: '0m',
      severity: 'critical',
      summary: 'A service level is breached',
      description: `${about}: late for {{ $value | humanizeDuration }}, although a fix can be had.`,
      runbook,
    },
  ];
}

function otherAlerts({ waiverWarning }: AlertThresholds): Alert[] {
  return [
    {
      name: 'SutureWaiverExpiring',
      expression: `${once('patch_waiver_expiry_timestamp_seconds')} - time() < ${waiverWarning / 1000}`,
      for: '0m',
      severity: 'warning',
      summary: 'A waiver ends soon',
      description: '{{ $labels.waiver }} for {{ $labels.vulnerability }} ends in {{ $value | humanizeDuration }}.',
      runbook: 'Fix what it is about, or decide anew with `suture waiver add`.',
    },
    {
      name: 'SutureNotificationsFailing',
      expression: `${once('patch_notifications_waiting')} > 0 or ${once('patch_notifications_given_up')} > 0`,
      for: '30m',
      severity: 'warning',
      summary: 'A notification channel takes no messages',
      description: '{{ $labels.channel }}: {{ $value }} messages.',
      runbook: 'Run `suture notify test {{ $labels.channel }}` and see its message.',
    },
  ];
}

function hours(ms: number): string {
  return `${Math.round((ms / 3_600_000) * 10) / 10} hours`;
}

/** Whole seconds are exact, and minutes are what people read. */
function prometheusDuration(ms: number): string {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${Math.ceil(ms / 60_000)}m`;
}
