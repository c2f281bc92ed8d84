import type { CommandContext, CommandTable, EmulatedCommand } from '../../script/types.ts';

/** Versions whose interpreter a maintainer script may call by name. */
const MINOR_VERSIONS = Array.from({ length: 14 }, (_, index) => index + 6);

/**
 * Byte-compilation of Python modules by maintainer scripts. The engine removes the bytecode of every module it replaces
 * (see stale-bytecode), so cleaning has nothing left to do, and compiling is left to Python itself: bytecode holds the
 * time of its source, and the times of the patch have no place in an image.
 */
export function pythonCommands(): CommandTable {
  const commands = new Map<string, EmulatedCommand>([
    ['py3compile', succeed],
    ['py3clean', succeed],
    ['pypy3compile', succeed],
    ['pypy3clean', succeed],
  ]);
  for (const minor of MINOR_VERSIONS) commands.set(`python3.${minor}`, compileOnly);
  return commands;
}

function succeed(): number {
  return 0;
}

/** `python3.11 -E -S [-O] /usr/lib/python3.11/py_compile.py FILES`, and nothing else. */
function compileOnly(context: CommandContext): number {
  const operands = context.argv.slice(1).filter((word) => !/^-[ESO]+$/.test(word));
  const [program = '', ...modules] = operands;
  const isCompiler = /^\/usr\/lib\/python3\.\d+\/py_compile\.py$/.test(program);
  if (isCompiler && modules.every((path) => path.startsWith('/') && path.endsWith('.py'))) return 0;
  return context.notNative(`python program ${program}`);
}
