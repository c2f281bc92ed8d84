import type { FleetStore } from '../store/store.ts';
import { coverageOfFleet } from './coverage.ts';
import { repositoriesView } from './repositories.ts';
import { listRuns } from './runs.ts';
import { slaView } from './sla.ts';
import { currentWaivers } from './waivers.ts';

const RUNS = 5;
const REPOSITORIES = 50;

/** The fleet at a glance, as far as the store knows it: the database and the schedule are the service's. */
export async function overviewOf(store: FleetStore, { days }: { readonly days: number }) {
  const waivers = await currentWaivers(store);
  return {
    at: store.now(),
    coverage: await coverageOfFleet(store),
    sla: await slaView(store, days),
    repositories: await repositoriesView(store, REPOSITORIES),
    runs: (await listRuns(store, { limit: RUNS })).items,
    waivers: { active: waivers.length, expiring: waivers.filter(({ state }) => state === 'expiring') },
  };
}
