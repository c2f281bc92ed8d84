import { expect, it } from 'vitest';
import { systemClock } from '../core/ports.ts';
import { COMMANDS } from './commands/index.ts';
import { allOptions, environmentName } from './options.ts';
import { requireFreshKnowledge } from './scan-freshness.ts';

it('names the age of the database the same wherever it can be set', () => {
  const limited = COMMANDS.flatMap((command) =>
    allOptions(command)
      .filter(({ flags }) => flags.startsWith('--max-db-age'))
      .map((option) => ({ name: command.name, option })),
  );
  expect(limited.map(({ name }) => name).sort()).toEqual(['db status', 'diff', 'patch', 'plan', 'scan']);
  for (const { option } of limited) {
    expect(environmentName(option)).toBe('SUTURE_MAX_DB_AGE');
    expect(option.description).toContain('(for a fleet: maxDatabaseAge in suture.yaml)');
  }
});

it('refuses a database older than the limit, of 24 hours where none is given, and says how to allow it', async () => {
  const ago = (hours: number) => ({ updatedAt: new Date(systemClock.now() - hours * 3_600_000).toISOString() });
  await requireFreshKnowledge({}, ago(23));
  await requireFreshKnowledge({ maxDbAge: '3d' }, ago(71));
  await requireFreshKnowledge({ maxDbAge: 'any' }, ago(1e5));
  for (const [options, hours] of [
    [{}, 25],
    [{ maxDbAge: '3d' }, 73],
  ] as const)
    await expect(requireFreshKnowledge(options, ago(hours))).rejects.toMatchObject({ code: 'DATABASE_STALE' });
});
