import type { OptionDefinition } from '../definition.ts';
import { FLEET_DATABASE_AGE } from './scan-options.ts';

/** Options that decide what a plan contains; `plan` and `patch` share them. */
export const PLAN_OPTIONS: readonly OptionDefinition[] = [
  {
    flags: '--scope <scope>',
    description: 'security: only what a security suite offers; all: the newest of every configured suite',
    choices: ['security', 'all'],
    default: 'security',
  },
  {
    flags: '-r, --report <file>',
    description: 'fix exactly what this report asks: Trivy JSON, Grype JSON or a Copa native manifest',
    noEnvironment: true,
  },
  {
    flags: '--severity <levels>',
    description:
      'only what fixes findings of these severities, separated by commas: of the report or, without one, of the vulnerability database',
  },
  {
    flags: '--ignore <ids>',
    description: 'vulnerabilities or advisories, separated by commas, that are no reason to change anything',
    repeatable: true,
  },
  { flags: '--db <name>', description: 'another vulnerability database than the active one: its digest or directory' },
  {
    flags: '--max-db-age <duration>',
    description: `where the database is used, refuse one built longer ago than this (90m, 36h, 7d), or "any" ${FLEET_DATABASE_AGE}`,
    default: '24h',
  },
  {
    flags: '--only-packages <names>',
    description: 'only these packages, separated by commas, and what they need',
    repeatable: true,
    noEnvironment: true,
  },
  {
    flags: '--base <image>',
    description: 'the original of an image that another tool (Copa) patched; proven by its layers',
    noEnvironment: true,
  },
  { flags: '--platform <platform>', description: 'OS/ARCH[/VARIANT] of a multi-platform image' },
  { flags: '--detailed-exitcode', description: 'exit with 10 when there is nothing to do' },
];
