import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

export type Changes = Readonly<Record<string, string | undefined>>;

export interface Address {
  /** Empty when the address does not say. */
  readonly get: (name: string) => string;
  /** Undefined when the address does not say: for a query, which leaves such members out. */
  readonly find: (name: string) => string | undefined;
  /** Empty and undefined take a member away. A filter starts the list anew, so `page` goes unless it is what changes. */
  readonly set: (changes: Changes, options?: { readonly replace?: boolean }) => void;
}

/** The state of a page that its address holds: what can be linked, reloaded and gone back to. */
export function useAddress(): Address {
  const [parameters, setParameters] = useSearchParams();
  const get = useCallback((name: string) => parameters.get(name) ?? '', [parameters]);
  const find = useCallback((name: string) => parameters.get(name) || undefined, [parameters]);
  const set = useCallback(
    (changes: Changes, { replace = false }: { readonly replace?: boolean } = {}) =>
      setParameters((old) => changed(old, changes), { replace }),
    [setParameters],
  );
  return { get, find, set };
}

/** Members of a list's place in its pages. */
const PLACE = ['page', 'cursor'];

export function changed(old: URLSearchParams, changes: Changes): URLSearchParams {
  const next = new URLSearchParams(old);
  if (!('page' in changes) && !('tab' in changes)) for (const name of PLACE) next.delete(name);
  for (const [name, value] of Object.entries(changes))
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, value);
  return next;
}
