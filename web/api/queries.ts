import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Database } from '../../src/service/api/contract/database.ts';
import type { EventList, EventsQuery } from '../../src/service/api/contract/events.ts';
import type { FindingList, ImageFindingsQuery } from '../../src/service/api/contract/findings.ts';
import type {
  Image,
  ImageHistory,
  ImageHistoryQuery,
  ImageList,
  ImagesQuery,
} from '../../src/service/api/contract/images.ts';
import type { Overview } from '../../src/service/api/contract/overview.ts';
import type { Run, RunImageList, RunImagesQuery, RunList, RunsQuery } from '../../src/service/api/contract/runs.ts';
import type { Schedule } from '../../src/service/api/contract/schedule.ts';
import type { SearchResult } from '../../src/service/api/contract/search.ts';
import type { Team, TeamList } from '../../src/service/api/contract/teams.ts';
import type {
  VulnerabilitiesQuery,
  Vulnerability,
  VulnerabilityFindingsQuery,
  VulnerabilityList,
} from '../../src/service/api/contract/vulnerabilities.ts';
import type { WaiverList, WaiversQuery } from '../../src/service/api/contract/waivers.ts';
import type { QueryValue } from './client.ts';
import { useSignedIn } from './session-context.ts';

/** Members that are undefined are left out of the request. */
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };
export type Answer<T> = UseQueryResult<T>;

const LIST = { list: true };

/** The first part of the key is the resource: what an event makes stale is named by it. */
function useResource<T>(
  resource: string,
  path: string,
  query: Readonly<Record<string, QueryValue>> = {},
  { enabled = true, list = false }: { readonly enabled?: boolean; readonly list?: boolean } = {},
): Answer<T> {
  const { client } = useSignedIn();
  return useQuery<T>({
    queryKey: [resource, path, query],
    queryFn: ({ signal }) => client.json<T>({ path, query, signal }),
    enabled,
    // A list keeps its rows while the next page comes; one image is never shown in the place of another.
    ...(list ? { placeholderData: keepPreviousData } : {}),
  });
}

export const useOverview = (days: number) => useResource<Overview>('overview', '/overview', { days });
export const useImages = (query: Loose<ImagesQuery>) => useResource<ImageList>('images', '/images', query, LIST);
export const useImage = (reference: string) => useResource<Image>('image', '/image', { reference });
export const useImageFindings = (query: Loose<ImageFindingsQuery>) =>
  useResource<FindingList>('image', '/image/findings', query, LIST);
export const useImageHistory = (query: Loose<ImageHistoryQuery>) =>
  useResource<ImageHistory>('image', '/image/history', query, LIST);
export const useVulnerabilities = (query: Loose<VulnerabilitiesQuery>) =>
  useResource<VulnerabilityList>('vulnerabilities', '/vulnerabilities', query, LIST);
export const useVulnerability = (id: string) => useResource<Vulnerability>('vulnerability', '/vulnerability', { id });
export const useVulnerabilityFindings = (query: Loose<VulnerabilityFindingsQuery>) =>
  useResource<FindingList>('vulnerability', '/vulnerability/findings', query, LIST);
export const useRuns = (query: Loose<RunsQuery>) => useResource<RunList>('runs', '/runs', query, LIST);
export const useRun = (id: string) => useResource<Run>('run', `/runs/${encodeURIComponent(id)}`);
export const useRunImages = (id: string, query: Loose<RunImagesQuery>) =>
  useResource<RunImageList>('run', `/runs/${encodeURIComponent(id)}/images`, query, LIST);
export const useWaivers = (query: Loose<WaiversQuery>) => useResource<WaiverList>('waivers', '/waivers', query, LIST);
export const useTeams = () => useResource<TeamList>('teams', '/teams');
export const useTeam = (name: string, days: number) => useResource<Team>('team', '/team', { name, days });
export const useEvents = (query: Loose<EventsQuery>) => useResource<EventList>('events', '/events', query, LIST);
export const useDatabase = () => useResource<Database>('database', '/database');
export const useSchedule = () => useResource<Schedule>('schedule', '/schedule');
/** Asks only when something is typed. */
export const useSearch = (q: string) =>
  useResource<SearchResult>('search', '/search', { q }, { enabled: q !== '', list: true });
