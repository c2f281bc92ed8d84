import type { ByteString } from '../../../core/bytes.ts';

/** A stretch of an expanded word. */
export type Piece =
  | {
      readonly kind: 'text';
      readonly text: ByteString;
      /** Stands for itself: no pattern characters in it, and it makes a field even when empty. */
      readonly quoted: boolean;
      /** Result of an unquoted expansion: subject to field splitting. */
      readonly split: boolean;
    }
  /** Between two arguments of `$@`. */
  | { readonly kind: 'break' }
  /** `"$@"` without arguments. */
  | { readonly kind: 'no-arguments' };
