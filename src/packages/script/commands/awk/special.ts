/** How `next`, `exit`, `break` and `continue` leave the statements around them. */
export class Leave extends Error {
  readonly kind: 'next' | 'exit' | 'break' | 'continue';

  constructor(kind: 'next' | 'exit' | 'break' | 'continue') {
    super(kind);
    this.kind = kind;
  }
}

const NAMES =
  'RS ORS SUBSEP RSTART RLENGTH FILENAME FNR ENVIRON ARGC ARGV CONVFMT OFMT RT FPAT IGNORECASE FIELDWIDTHS PROCINFO BINMODE';

/** Variables with a meaning of their own that is not emulated, of POSIX and of gawk. */
export const SPECIAL_VARIABLES: ReadonlySet<string> = new Set(NAMES.split(' '));
