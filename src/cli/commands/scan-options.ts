import type { OptionDefinition } from '../definition.ts';

/** Options that decide which findings count; `scan` and `diff` share them. */
export const FILTER_OPTIONS: readonly OptionDefinition[] = [
  { flags: '--severity <levels>', description: 'only these severities, separated by commas; unrated findings stay' },
  { flags: '--ignore-unfixed', description: 'leave out findings that have no fix' },
  {
    flags: '--ignore-status <statuses>',
    description: 'leave out findings of these statuses, such as will_not_fix,end_of_life',
  },
  {
    flags: '--ignorefile <file>',
    description: "Trivy's ignore file, plain or YAML (default: .trivyignore where there is one)",
  },
  {
    flags: '--vex <file>',
    description: 'OpenVEX or CycloneDX VEX: what it says is not affected or fixed is shown as suppressed',
    repeatable: true,
  },
  { flags: '--kev <file>', description: "CISA's catalogue of known exploited vulnerabilities, JSON or CSV" },
  { flags: '--kev-only', description: 'only findings of that catalogue' },
  { flags: '--epss <file>', description: 'EPSS scores of FIRST, CSV or CSV.gz' },
  { flags: '--min-epss <score>', description: 'leave out findings of a lower score; those without a score stay' },
];

/** What a fleet calls it: one name for one rule. */
export const FLEET_DATABASE_AGE = '(for a fleet: maxDatabaseAge in suture.yaml)';

/** Where the knowledge comes from. */
export const KNOWLEDGE_OPTIONS: readonly OptionDefinition[] = [
  {
    flags: '--db <name>',
    description: 'another database than the active one: a digest of `suture db status`, or a directory with trivy.db',
  },
  {
    flags: '--max-db-age <duration>',
    description: `refuse a database built longer ago than this (90m, 36h, 7d), or "any" ${FLEET_DATABASE_AGE}`,
    default: '24h',
  },
  {
    flags: '--advisories <path>',
    description: 'further advisories: OSV JSON file or directory, updateinfo.xml[.gz], Alpine secdb JSON',
    repeatable: true,
  },
  {
    flags: '--report-findings',
    description: "show a report's own findings instead of comparing its packages anew",
    noEnvironment: true,
  },
  { flags: '--skip-db-update', description: 'as in Trivy; a scan never fetches a database, so it changes nothing' },
];

export const EXIT_OPTIONS: readonly OptionDefinition[] = [
  {
    flags: '--exit-code <code>',
    description: 'exit with this code when there are findings (default 0; 1 with --fail-on)',
  },
  { flags: '--fail-on <severity>', description: 'only findings of at least this severity change the exit code' },
];
