/** Every metric that there is: alerts and dashboards use these and no others. Base units; names of images, never of pods. */
export interface MetricDefinition {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Only where a process lives long enough: not in a file written by `suture run`. */
  readonly serviceOnly?: boolean;
}

const gauge = (help: string, ...labels: string[]): MetricDefinition => ({ type: 'gauge', help, labels });

export const METRICS = {
  patch_build_info: gauge('1; the version of the program.', 'version'),
  patch_store_up: gauge('1 when the fleet store could be read; without it there is nothing about the fleet.'),
  patch_db_updated_timestamp_seconds: gauge('When the vulnerability database was built. Absent: there is none.'),
  patch_db_next_update_timestamp_seconds: gauge('When its makers mean to build the next.'),
  trivy_db_age_hours: gauge('Age of the vulnerability database: an alias for dashboards that have it.'),
  patch_repository_release_timestamp_seconds: gauge(
    'Date of the signed index of a package repository, as last seen by a run.',
    'repository',
  ),
  patch_run_last_success_timestamp_seconds: gauge(
    'End of the last run over the fleet in which not every image failed. Absent: there was none.',
    'shard',
  ),
  patch_run_duration_seconds: gauge('How long the last run over the fleet took.', 'shard'),
  patch_run_images: gauge('Images of the last run over the fleet, by outcome.', 'shard', 'outcome'),
  patch_images: gauge('Images, by what they are now.', 'team', 'result'),
  patch_image_info: gauge('1; the team of an image.', 'image', 'team'),
  patch_image_result: gauge('1 for what an image is now, 0 for what it is not.', 'image', 'result'),
  patch_image_consecutive_failures: gauge('Runs in a row, up to the last, in which an image failed.', 'image'),
  patch_image_fixable_vulnerabilities: gauge('Open findings of an image that have a fix.', 'image', 'severity'),
  patch_image_unfixable_vulnerabilities: gauge('Open findings of an image that have no fix.', 'image', 'severity'),
  patch_image_sla_deadline_timestamp_seconds: gauge(
    'When the first clock of a service level ends, or ended. Absent: no clock runs.',
    'image',
    'severity',
  ),
  patch_image_sla_window_seconds: gauge('From the start of that clock to its end.', 'image', 'severity'),
  patch_image_last_verified_timestamp_seconds: gauge(
    'When an image was last found to be as it should be, or made so. Absent: never.',
    'image',
  ),
  patch_images_omitted: gauge('Images that have no series of their own because there are too many.'),
  patch_findings: gauge('Open findings, by where they stand.', 'team', 'severity', 'state'),
  patch_waivers_active: gauge('Waivers that hold, by the teams whose images they are about.', 'team'),
  patch_waiver_expiry_timestamp_seconds: gauge('When a waiver ends.', 'waiver', 'vulnerability', 'team'),
  patch_time_to_remediate_seconds: {
    type: 'histogram',
    help: 'Of findings that are gone: detected, from the fix being available to being found; patched, from then to the published image.',
    labels: ['stage'],
  },
  patch_notifications_waiting: gauge('Messages that are due and were not taken yet.', 'channel'),
  patch_notifications_given_up: gauge('Messages of the last 30 days that nobody took.', 'channel'),
  patch_registry_requests_total: {
    type: 'counter',
    help: 'Requests to registries, by status or error.',
    labels: ['code'],
    serviceOnly: true,
  },
  process_cpu_seconds_total: { type: 'counter', help: 'Processor time.', labels: [], serviceOnly: true },
  process_resident_memory_bytes: { ...gauge('Resident memory.'), serviceOnly: true },
  process_start_time_seconds: { ...gauge('Start of the process.'), serviceOnly: true },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

/** What an image can be: one of them at a time. */
export const IMAGE_RESULTS = [
  'patched',
  'clean',
  'partial',
  'pending',
  'unfixable',
  'waived',
  'eol',
  'refused',
  'failed',
] as const;
export type ImageResultName = (typeof IMAGE_RESULTS)[number];
