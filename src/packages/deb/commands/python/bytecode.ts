import type { ByteString } from '../../../../core/bytes.ts';
import { dirname } from '../../../script/commands/paths.ts';
import type { CommandContext } from '../../../script/types.ts';
import { readListOfPackage } from '../dpkg/package-files.ts';
import { findPackages } from '../dpkg/status-file.ts';

/** `py3compile`: nothing is compiled. Python does it when needed; compiled now, the files would hold the time of the patch. */
export function py3compile(context: CommandContext): number {
  const isPackage = context.argv.some((word) => word === '-p' || word.startsWith('--package'));
  return isPackage ? 0 : context.notNative(context.argv.slice(1).join(' '));
}

/** `py3clean -p PACKAGE`: removes the bytecode of a package's modules and the directories that it empties. */
export function py3clean(context: CommandContext): number {
  const [option, name = '', ...rest] = context.argv.slice(1);
  if (option !== '-p' || rest.length > 0) return context.notNative(context.argv.slice(1).join(' '));
  const found = findPackages(context.tree, name);
  const list = found.flatMap((stanza) => readListOfPackage(context.tree, stanza) ?? []);
  removeBytecode(
    context,
    list.filter((path) => path.endsWith('.py')),
  );
  return 0;
}

/** `python3.N -E -S [-O…] …/py_compile.py FILE…`, as the packages of Python compile their own modules. */
export function python(context: CommandContext): number {
  const words = context.argv.slice(1);
  while (/^-(E|S|O|OO|B)$/.test(words[0] ?? '')) words.shift();
  const [program = '', ...files] = words;
  const isCompiler = /^\/usr\/lib\/python3\.[0-9]+\/py_compile\.py$/.test(program);
  if (!isCompiler || files.length === 0 || files.some((file) => !/^\/.*\.py$/.test(file))) {
    return context.notNative('a program in Python');
  }
  removeBytecode(context, files);
  return 0;
}

function removeBytecode(context: CommandContext, modules: readonly ByteString[]): void {
  const { tree } = context;
  for (const module of modules) {
    const cache = `${dirname(module)}/__pycache__`;
    const prefix = `${module.slice(module.lastIndexOf('/') + 1, -'.py'.length)}.`;
    context.step(1);
    const names = tree.readdir(cache);
    const stale = names.filter(
      (name) => name.startsWith(prefix) && /^[^.]+(?:\.opt-\d)?\.py[co]$/.test(name.slice(prefix.length)),
    );
    for (const name of stale) tree.remove(`${cache}/${name}`);
    if (names.length > 0 && stale.length === names.length) tree.remove(cache);
  }
}
