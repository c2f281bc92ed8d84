import { SutureError } from '../core/errors/error.ts';
import { DIFF_FORMATS, writeDiff } from '../knowledge/reports/writers/diff.ts';
import { diffScans } from '../knowledge/scan/diff.ts';
import { verdictOf } from '../knowledge/scan/verdict.ts';
import type { Invocation } from './definition.ts';
import { emitText, findingsExitCode } from './scan-output.ts';
import { scanTarget } from './scanning.ts';
import { useColor } from './terminal/color.ts';

const POLICY = 4;

/** `suture diff`: both are judged by the same knowledge at the same time, unless they are reports that speak for themselves. */
export async function runDiff(invocation: Invocation): Promise<number> {
  const { args, options, terminal, environment } = invocation;
  const name = options['format'] ?? options['output'] ?? 'table';
  const format = DIFF_FORMATS.find((candidate) => candidate === name);
  if (format === undefined) throw new SutureError('USAGE', `--format: "${String(name)}" is not known`);
  const before = await scanTarget(invocation, args[0] ?? '');
  const after = await scanTarget(invocation, args[1] ?? '');
  const diff = diffScans(before, after);
  const color = options['outputFile'] === undefined && useColor(terminal.stdout, options, environment);
  await emitText(options, terminal, writeDiff(format, diff, color));
  if (verdictOf(before) === 'unknown' || verdictOf(after) === 'unknown') return POLICY;
  return findingsExitCode(options, diff.added);
}
