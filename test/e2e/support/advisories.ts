import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { advisoryBuckets } from '../../support/advisory-database.ts';
import { writeBolt } from '../../support/bolt-writer.ts';
import type { World } from './world.ts';

/** Makes a vulnerability database of an hour ago with these buckets, and imports it by the program as a user would. */
export async function importAdvisories(world: World, advisories: Parameters<typeof advisoryBuckets>[0]): Promise<void> {
  const directory = world.path('trivy-cache');
  mkdirSync(directory);
  writeBolt(join(directory, 'trivy.db'), advisoryBuckets(advisories));
  const time = new Date(Date.now() - 3_600_000).toISOString();
  writeFileSync(join(directory, 'metadata.json'), JSON.stringify({ Version: 2, UpdatedAt: time, NextUpdate: time }));
  const { code, stderr } = await world.call(['db', 'import', directory]);
  if (code !== 0) throw new Error(`the database was not imported: ${stderr}`);
}
