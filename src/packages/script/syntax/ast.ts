import type { ByteString } from '../../../core/bytes.ts';

/** A word before expansion: parts in order. `line` is where it starts. */
export interface Word {
  readonly parts: readonly WordPart[];
  readonly line: number;
}

export type WordPart =
  | { readonly kind: 'literal'; readonly text: ByteString }
  /** Single quotes or a backslash. */
  | { readonly kind: 'quoted'; readonly text: ByteString }
  | { readonly kind: 'double'; readonly parts: readonly WordPart[] }
  | ParameterPart
  | { readonly kind: 'substitution'; readonly body: readonly Command[] }
  | { readonly kind: 'arithmetic'; readonly expression: Word };

/** `bad` is a substitution that dash refuses when it expands it, not when it reads it. */
export type ParameterOperator = '-' | '=' | '?' | '+' | '%' | '%%' | '#' | '##' | 'length' | 'bad';

export interface ParameterPart {
  readonly kind: 'parameter';
  readonly name: string;
  readonly operator?: ParameterOperator;
  /** `:-` instead of `-`: an empty value counts as unset. */
  readonly colon?: boolean;
  readonly word?: Word;
}

export type RedirectOperator = '<' | '>' | '>|' | '>>' | '<>' | '<&' | '>&' | '<<';

export interface Redirect {
  readonly operator: RedirectOperator;
  readonly descriptor: number;
  /** File name, descriptor, or the body of a here-document. */
  readonly target: Word;
}

export interface Assignment {
  readonly name: string;
  readonly value: Word;
}

export interface SimpleCommand {
  readonly kind: 'simple';
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
  readonly line: number;
}

export interface CaseItem {
  readonly patterns: readonly Word[];
  readonly body: Command | undefined;
}

export type Command =
  | SimpleCommand
  | { readonly kind: 'pipeline'; readonly stages: readonly Command[]; readonly line: number }
  | { readonly kind: 'not'; readonly command: Command; readonly line: number }
  | { readonly kind: 'and' | 'or'; readonly left: Command; readonly right: Command; readonly line: number }
  | { readonly kind: 'list'; readonly items: readonly Command[]; readonly line: number }
  | { readonly kind: 'background'; readonly command: Command; readonly line: number }
  | {
      readonly kind: 'subshell';
      readonly body: Command;
      readonly redirects: readonly Redirect[];
      readonly line: number;
    }
  | {
      readonly kind: 'redirected';
      readonly command: Command;
      readonly redirects: readonly Redirect[];
      readonly line: number;
    }
  | {
      readonly kind: 'if';
      readonly condition: Command;
      readonly consequence: Command;
      readonly otherwise: Command | undefined;
      readonly line: number;
    }
  | {
      readonly kind: 'while';
      readonly until: boolean;
      readonly condition: Command;
      readonly body: Command;
      readonly line: number;
    }
  | {
      readonly kind: 'for';
      readonly variable: string;
      /** Undefined: over `"$@"`. */
      readonly words: readonly Word[] | undefined;
      readonly body: Command;
      readonly line: number;
    }
  | { readonly kind: 'case'; readonly subject: Word; readonly items: readonly CaseItem[]; readonly line: number }
  | { readonly kind: 'function'; readonly name: string; readonly body: Command; readonly line: number };
