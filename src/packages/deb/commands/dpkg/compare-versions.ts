import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';
import { compareDebVersions } from '../../version/compare.ts';
import { isValidDebVersion } from '../../version/validate.ts';

/** Orders that hold (lt, eq, gt), then the result when a, both or b are no version (dpkg(1), --compare-versions). */
interface Operator {
  readonly holds: readonly number[];
  readonly withoutA: boolean;
  readonly withoutBoth: boolean;
  readonly withoutB: boolean;
}

const LESS = { holds: [-1], withoutA: true, withoutBoth: false, withoutB: false };
const LESS_OR_EQUAL = { holds: [-1, 0], withoutA: true, withoutBoth: true, withoutB: false };
const EQUAL = { holds: [0], withoutA: false, withoutBoth: true, withoutB: false };
const GREATER_OR_EQUAL = { holds: [0, 1], withoutA: false, withoutBoth: true, withoutB: true };
const GREATER = { holds: [1], withoutA: false, withoutBoth: false, withoutB: true };

const OPERATORS: Readonly<Record<string, Operator>> = {
  lt: LESS,
  le: LESS_OR_EQUAL,
  eq: EQUAL,
  ne: { holds: [-1, 1], withoutA: true, withoutBoth: false, withoutB: true },
  ge: GREATER_OR_EQUAL,
  gt: GREATER,
  'lt-nl': { ...LESS, withoutA: false, withoutB: true },
  'le-nl': { ...LESS_OR_EQUAL, withoutA: false, withoutB: true },
  'ge-nl': { ...GREATER_OR_EQUAL, withoutA: true, withoutB: false },
  'gt-nl': { ...GREATER, withoutA: true, withoutB: false },
  '<': LESS_OR_EQUAL,
  '<=': LESS_OR_EQUAL,
  '<<': LESS,
  '=': EQUAL,
  '>': GREATER_OR_EQUAL,
  '>=': GREATER_OR_EQUAL,
  '>>': GREATER,
};

/** `dpkg --compare-versions A OPERATOR B`: 0 when it holds. An empty version (or `<unknown>`) is none. */
export function compareVersions(context: CommandContext, operands: readonly ByteString[]): number {
  const [a = '', name = '', b = ''] = operands;
  const operator = OPERATORS[name];
  if (operands.length !== 3 || operator === undefined)
    return context.notNative(`--compare-versions ${operands.join(' ')}`);
  const hasA = isVersion(context, a);
  const hasB = isVersion(context, b);
  let holds = operator.holds.includes(hasA && hasB ? compareDebVersions(a, b) : 0);
  if (!hasA && !hasB) holds = operator.withoutBoth;
  else if (!hasA) holds = operator.withoutA;
  else if (!hasB) holds = operator.withoutB;
  return holds ? 0 : 1;
}

/** A version with odd characters is compared all the same, after a warning; one that has no parts is an error. */
function isVersion(context: CommandContext, text: ByteString): boolean {
  if (text === '' || text === '<unknown>') return false;
  if (isValidDebVersion(text)) return true;
  const [, upstream = '', revision] = /^(?:[0-9]{1,9}:)?([^:\s]+?)(?:-([^-\s]+))?$/.exec(text) ?? [];
  const reason = syntaxWarning(upstream, revision) ?? context.notNative(`version ${text}`);
  context.stderr(`dpkg: warning: version '${text}' has bad syntax: ${reason}\n`);
  return true;
}

function syntaxWarning(upstream: string, revision: string | undefined): string | undefined {
  if (upstream === '') return undefined;
  if (!/^[0-9]/.test(upstream)) return 'version number does not start with digit';
  if (/[^A-Za-z0-9.+~:-]/.test(upstream)) return 'invalid character in version number';
  return revision !== undefined && /[^A-Za-z0-9.+~]/.test(revision)
    ? 'invalid character in revision number'
    : undefined;
}
