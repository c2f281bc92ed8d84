import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';
import { ADMIN, lines } from '../../database/admin-file.ts';
import { isValidDebVersion } from '../../version/validate.ts';
import { requireSystemRoot } from '../require-system-root.ts';
import { compareVersions } from './compare-versions.ts';
import { controlPathOf, listFiles, searchPath, showStatus, showWithFormat } from './query.ts';
import { nativeArchitecture } from './status-file.ts';

type Action = (context: CommandContext, operands: readonly ByteString[]) => number;

const ASSERTIONS = [
  'support-predepends',
  'working-epoch',
  'long-filenames',
  'multi-conrep',
  'multi-arch',
  'versioned-provides',
];

/** Texts that these validations accept; of others the message is not reproduced. */
const VALIDATIONS: Readonly<Record<string, (text: ByteString) => boolean>> = {
  version: isValidDebVersion,
  pkgname: (text) => /^[a-z0-9][a-z0-9+.-]+$/.test(text),
  archname: (text) => /^[a-z0-9][a-z0-9-]*$/.test(text),
  trigname: (text) => /^[!-~]+$/.test(text),
};

const ACTIONS: Readonly<Record<string, Action>> = {
  '--compare-versions': compareVersions,
  '--print-architecture': (context, operands) => print(context, operands, [architecture(context)]),
  '--print-foreign-architectures': (context, operands) => print(context, operands, foreignArchitectures(context)),
  '--status': showStatus,
  '-s': showStatus,
  '--listfiles': listFiles,
  '-L': listFiles,
  '--search': searchPath,
  '-S': searchPath,
};

/** `dpkg`, as far as it only answers questions. */
export function dpkg(context: CommandContext): number {
  requireSystemRoot(context);
  const words = context.argv.slice(1);
  const [action = '', ...operands] = words;
  if (operands[0] === '--') operands.shift();
  const known = ACTIONS[action];
  if (known !== undefined) return known(context, operands);
  const assertion = /^--assert-(.*)$/.exec(action)?.[1];
  if (assertion !== undefined && ASSERTIONS.includes(assertion) && operands.length === 0) return 0;
  const validation = /^--validate-(.*)$/.exec(action)?.[1] ?? '';
  const [text = ''] = operands;
  if (VALIDATIONS[validation]?.(text) === true && operands.length === 1) return 0;
  return context.notNative(words.join(' '));
}

/** `dpkg-query`. */
export function dpkgQuery(context: CommandContext): number {
  requireSystemRoot(context);
  let format: ByteString | undefined;
  let action: string | undefined;
  const operands: ByteString[] = [];
  const words = context.argv.slice(1);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const short = /^-f=?(.*)$/s.exec(word);
    const long = /^--showformat(?:=(.*))?$/s.exec(word);
    if (word === '--') operands.push(...words.splice(0));
    else if (short !== null) format = short[1] !== '' ? short[1] : words.shift();
    else if (long !== null) format = long[1] ?? words.shift();
    else if (word === '--no-pager') continue;
    else if (!word.startsWith('-')) operands.push(word);
    else if (action !== undefined) return context.notNative(`options ${action} ${word}`);
    else action = word;
  }
  if (action === '-W' || action === '--show') {
    return showWithFormat(context, format ?? '${binary:Package}\\t${Version}\\n', operands);
  }
  if (action === '--control-path' || action === '-c') return controlPathOf(context, operands);
  const known = action?.startsWith('--print') === true ? undefined : ACTIONS[action ?? ''];
  if (known === undefined || action === '--compare-versions') return context.notNative(action ?? 'no action');
  return known(context, operands);
}

function print(context: CommandContext, operands: readonly ByteString[], values: readonly ByteString[]): number {
  if (operands.length > 0) return context.notNative(`operands ${operands.join(' ')}`);
  for (const value of values) context.stdout(`${value}\n`);
  return 0;
}

function architecture(context: CommandContext): string {
  return nativeArchitecture(context.tree) ?? context.notNative('the architecture of dpkg is not known');
}

function foreignArchitectures(context: CommandContext): readonly ByteString[] {
  const native = architecture(context);
  return lines(context.tree.readText(`${ADMIN}/arch`)).filter((name) => name !== native && name !== '');
}
