import { SutureError } from '../core/errors/error.ts';
import { COMMANDS } from './commands/index.ts';
import type { OutputStream } from './definition.ts';
import { runProgram } from './program.ts';
import { VERSION } from './version.ts';

function outputStream(stream: NodeJS.WriteStream): OutputStream {
  // A reader that went away (`suture … | head`) is no failure.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 100;
    },
  };
}

const interrupt = new AbortController();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    process.exitCode = code;
    interrupt.abort(new SutureError('INTERRUPTED', `stopped by ${signal}`));
    // Work in hand removes its temporary files; a second signal ends it at once.
    process.once(signal, () => process.exit(code));
  });
}

const exitCode = await runProgram(COMMANDS, VERSION, process.argv.slice(2), {
  terminal: { stdout: outputStream(process.stdout), stderr: outputStream(process.stderr) },
  environment: process.env,
  signal: interrupt.signal,
});
process.exitCode ??= exitCode;
