import type { OptionDefinition } from '../definition.ts';

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
    description: 'fix exactly what this report asks: Trivy JSON or a Copa native manifest',
    noEnvironment: true,
  },
  { flags: '--severity <levels>', description: 'of the report only findings of these severities, separated by commas' },
  {
    flags: '--only-packages <names>',
    description: 'only these packages, separated by commas, and what they need',
    repeatable: true,
    noEnvironment: true,
  },
  { flags: '--platform <platform>', description: 'OS/ARCH[/VARIANT] of a multi-platform image' },
  { flags: '--detailed-exitcode', description: 'exit with 10 when there is nothing to do' },
];
