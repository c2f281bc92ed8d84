import type { ByteString } from '../../../../core/bytes.ts';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: ByteString }
  | { readonly kind: 'regex'; readonly source: ByteString }
  | Place
  | { readonly kind: 'assign'; readonly operator: string; readonly target: Place; readonly value: Expression }
  | { readonly kind: 'increment'; readonly by: 1 | -1; readonly prefix: boolean; readonly target: Place }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'conditional'; readonly condition: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'in'; readonly key: readonly Expression[]; readonly array: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

/** Something that can be assigned to. */
export type Place =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'field'; readonly index: Expression }
  | { readonly kind: 'element'; readonly array: string; readonly key: readonly Expression[] };

export type Statement =
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | { readonly kind: 'print' | 'printf'; readonly args: readonly Expression[] }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'if'; readonly condition: Expression; readonly yes: Statement; readonly no: Statement | undefined }
  | {
      readonly kind: 'loop';
      readonly condition: Expression | undefined;
      readonly step: Statement | undefined;
      readonly body: Statement;
    }
  | { readonly kind: 'for-in'; readonly variable: string; readonly array: string; readonly body: Statement }
  | { readonly kind: 'delete'; readonly array: string; readonly key: readonly Expression[] | undefined }
  | { readonly kind: 'next' | 'break' | 'continue' }
  | { readonly kind: 'exit'; readonly status: Expression | undefined };

export interface Rule {
  readonly when: 'begin' | 'end' | 'record';
  readonly pattern: Expression | undefined;
  readonly body: Statement | undefined;
}
