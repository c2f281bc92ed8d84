import { SutureError } from '../../../core/errors/error.ts';
import { listEvents } from '../../../fleet/views/events.ts';
import { listFindings } from '../../../fleet/views/findings.ts';
import { imageView } from '../../../fleet/views/image.ts';
import { listImages } from '../../../fleet/views/images.ts';
import { overviewOf } from '../../../fleet/views/overview.ts';
import { imageHistory } from '../../../fleet/views/results.ts';
import { searchFleet } from '../../../fleet/views/search.ts';
import { listTeams, teamView } from '../../../fleet/views/teams.ts';
import { listVulnerabilities } from '../../../fleet/views/vulnerabilities.ts';
import { vulnerabilityView } from '../../../fleet/views/vulnerability.ts';
import type { Handlers } from '../context.ts';
import { describeDatabase, scheduleEntries } from './knowledge.ts';

type Reads =
  | 'overview'
  | 'images'
  | 'image'
  | 'imageFindings'
  | 'imageHistory'
  | 'vulnerabilities'
  | 'vulnerability'
  | 'vulnerabilityFindings'
  | 'teams'
  | 'team'
  | 'search'
  | 'events';

export const READ_HANDLERS: Pick<Handlers, Reads> = {
  overview: async ({ context, query }) => {
    const { repositories, ...rest } = await overviewOf(context.store, query);
    const [nextRun] = await scheduleEntries(context);
    const knowledge = { database: await describeDatabase(context), repositories };
    return { ...rest, knowledge, ...(nextRun === undefined ? {} : { nextRun }) };
  },
  images: ({ context: { store }, query }) => listImages(store, query),
  image: async ({ context: { store }, query: { reference } }) =>
    there(await imageView(store, reference), `image ${reference}`),
  imageFindings: ({ context: { store }, query }) => listFindings(store, query),
  imageHistory: ({ context: { store }, query }) => imageHistory(store, query),
  vulnerabilities: ({ context: { store }, query }) => listVulnerabilities(store, query),
  vulnerability: async ({ context: { store }, query: { id } }) =>
    there(await vulnerabilityView(store, id), `vulnerability ${id}`),
  vulnerabilityFindings: ({ context: { store }, query: { id, ...query } }) =>
    listFindings(store, { ...query, vulnerability: id }),
  teams: ({ context: { store } }) => listTeams(store),
  team: async ({ context: { store }, query }) => there(await teamView(store, query), `team ${query.name}`),
  search: ({ context: { store }, query: { q } }) => searchFleet(store, q),
  events: ({ context: { store }, query }) => listEvents(store, query),
};

/** @throws SutureError NOT_FOUND */
function there<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new SutureError('NOT_FOUND', `there is no ${what}`);
  return found;
}
