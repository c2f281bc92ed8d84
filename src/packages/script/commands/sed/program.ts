import type { ByteString } from '../../../../core/bytes.ts';
import type { Regex } from '../regex/match.ts';

export type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'step'; readonly first: number; readonly step: number }
  /** Undefined: the expression used last. */
  | { readonly kind: 'regex'; readonly regex: Regex | undefined };

export type RangeEnd = Address | { readonly kind: 'count'; readonly count: number };

/** Text of a replacement: literal bytes or a group (0 is `&`). */
export type ReplacementPart = ByteString | number;

export interface Substitution {
  readonly regex: Regex | undefined;
  readonly replacement: readonly ReplacementPart[];
  readonly global: boolean;
  readonly print: boolean;
  /** Replace from this match on. */
  readonly occurrence: number;
}

export type Action =
  | { readonly kind: 'substitute'; readonly substitution: Substitution }
  | { readonly kind: 'translate'; readonly mapping: ReadonlyMap<string, string> }
  | { readonly kind: 'text'; readonly where: 'a' | 'i' | 'c'; readonly text: ByteString }
  | { readonly kind: 'branch'; readonly when: 'b' | 't' | 'T'; readonly label: string }
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'block'; readonly end: number }
  | { readonly kind: 'block-end' }
  | { readonly kind: 'quit'; readonly print: boolean; readonly status: number }
  | { readonly kind: 'simple'; readonly letter: string };

export interface SedCommand {
  readonly first: Address | undefined;
  readonly second: RangeEnd | undefined;
  /** `0,/re/`: the range may end on the first line. */
  readonly fromZero: boolean;
  readonly negated: boolean;
  action: Action;
}

export type SedInput = readonly { readonly text: ByteString; readonly newline: boolean }[];

export interface SedResult {
  readonly output: ByteString;
  readonly status: number;
  readonly quit: boolean;
}
