import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import type { NewRun, RunSummary } from '../../src/service/api/contract/runs.ts';
import type { NewWaiver, Waiver } from '../../src/service/api/contract/waivers.ts';
import type { ApiRequest } from './client.ts';
import { useSignedIn } from './session-context.ts';

type Change<Result, Input> = UseMutationResult<Result, Error, Input>;

/** Sends a change, then has everything read again that it may have moved. */
function useChange<Result, Input>(request: (input: Input) => ApiRequest): Change<Result, Input> {
  const { client } = useSignedIn();
  const queries = useQueryClient();
  return useMutation<Result, Error, Input>({
    mutationFn: (input) => client.json<Result>(request(input)),
    onSuccess: () => queries.invalidateQueries(),
  });
}

export const useStartRun = (): Change<RunSummary, NewRun> =>
  useChange((body) => ({ method: 'POST', path: '/runs', body }));
export const useCancelRun = (): Change<RunSummary, string> =>
  useChange((id) => ({ method: 'POST', path: `/runs/${encodeURIComponent(id)}/cancel` }));
export const useAddWaiver = (): Change<Waiver, NewWaiver> =>
  useChange((body) => ({ method: 'POST', path: '/waivers', body }));
export const useEndWaiver = (): Change<void, string> =>
  useChange((id) => ({ method: 'DELETE', path: `/waivers/${encodeURIComponent(id)}` }));
