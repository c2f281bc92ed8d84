import pc from 'picocolors';
import { SutureError } from '../../core/errors/error.ts';
import type { Environment } from '../../core/ports.ts';
import type { OptionValue, Terminal } from '../definition.ts';
import { useColor } from './color.ts';

type Options = Readonly<Record<string, OptionValue>>;

/** Writes an error where and how the options say, and returns the exit code of its class. */
export function renderError(error: unknown, terminal: Terminal, options: Options, environment: Environment): number {
  const known = error instanceof SutureError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const document = {
    kind: 'Error',
    code: known?.code ?? 'INTERNAL',
    message,
    fix:
      known?.fix ?? 'This is a defect of suture: please report it with the output of the same command and --verbose.',
    retryable: known?.retryable ?? false,
    causes: causes(error),
  };
  if (options['output'] === 'json') terminal.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  if (options['logFormat'] === 'json') terminal.stderr.write(`${JSON.stringify({ level: 'error', ...document })}\n`);
  else terminal.stderr.write(asText(document, error, options, useColor(terminal.stderr, options, environment)));
  return known?.exitCode ?? 1;
}

function asText(
  document: { code: string; message: string; fix: string; causes: string[] },
  error: unknown,
  options: Options,
  color: boolean,
): string {
  const paint = pc.createColors(color);
  const lines = [`${paint.red('error')} ${document.message} ${paint.dim(`[${document.code}]`)}`];
  for (const cause of document.causes) lines.push(`  ${paint.dim('because')} ${cause}`);
  lines.push(`  ${paint.dim('fix')}     ${document.fix}`);
  if (options['verbose'] && error instanceof Error && error.stack) lines.push(paint.dim(error.stack));
  return `${lines.join('\n')}\n`;
}

function causes(error: unknown): string[] {
  const found: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && found.length < 8) {
    found.push(cause instanceof Error ? cause.message || cause.name : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return found;
}
