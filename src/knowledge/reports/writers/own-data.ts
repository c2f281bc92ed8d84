import type { ScanResult } from '../../scan/result.ts';
import { ageAt, verdictOf } from '../../scan/verdict.ts';
import { present } from './go-json.ts';

/** What other scanners' formats have no place for, in the spelling of the format around it. */
export function ownData(result: ScanResult) {
  return {
    Tool: `${result.tool.name} ${result.tool.version}`,
    Verdict: verdictOf(result),
    ...present('EndOfLife', result.endOfLife),
    ...present(
      'Sources',
      result.sources.map((source) => ({
        Name: source.name,
        Kind: source.kind,
        ...present('Digest', source.digest),
        ...present('UpdatedAt', source.updatedAt),
        ...ageMember(source.updatedAt, result.createdAt),
        ...present(
          'Buckets',
          source.buckets?.map(({ name, found }) => ({ Name: name, Found: found })),
        ),
      })),
    ),
    ...present(
      'Unknown',
      result.unknowns.map(({ kind, scope, subject, detail }) => ({
        Kind: kind,
        Scope: scope,
        ...present('Subject', subject),
        Detail: detail,
      })),
    ),
    ...present('Filtered', Object.fromEntries(Object.entries(result.filtered).filter(([, count]) => count > 0))),
  };
}

function ageMember(updatedAt: string | undefined, at: string) {
  const age = ageAt(updatedAt, at);
  return age === undefined ? {} : { AgeSeconds: Math.floor(age / 1000) };
}
