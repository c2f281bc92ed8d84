import { SutureError } from '../core/errors/error.ts';
import { compareSeverity } from '../core/severity.ts';
import { SCAN_FORMATS, type ScanFormat, scanPieces } from '../knowledge/reports/writers/index.ts';
import { type ScanResult, severityOf } from '../knowledge/scan/result.ts';
import { verdictOf } from '../knowledge/scan/verdict.ts';
import type { Invocation, OptionValue } from './definition.ts';
import { severities } from './parse.ts';
import { useColor } from './terminal/color.ts';

type Options = Invocation['options'];

/** --format, else --output. */
export function scanFormat(options: Options): ScanFormat {
  const name = options['format'] ?? options['output'] ?? 'table';
  const format = SCAN_FORMATS.find((candidate) => candidate === name);
  if (format === undefined) throw new SutureError('USAGE', `--format: "${String(name)}" is not known`);
  return format;
}

/** Writes the result to standard output, or as a whole or not at all to --output-file. */
export async function emitResult({ options, terminal, environment }: Invocation, result: ScanResult): Promise<void> {
  const path = options['outputFile'];
  const toFile = typeof path === 'string';
  const view = {
    columns: toFile ? 1000 : terminal.stdout.columns,
    color: !toFile && useColor(terminal.stdout, options, environment),
  };
  await emitText(options, terminal, await scanPieces(scanFormat(options), result, view));
}

/** @param pieces of one text; a text is its own only piece */
export async function emitText(
  options: Options,
  terminal: Invocation['terminal'],
  pieces: Iterable<string>,
): Promise<void> {
  const path = options['outputFile'];
  const texts = typeof pieces === 'string' ? [pieces] : pieces;
  if (typeof path !== 'string') {
    for (const text of batches(texts)) terminal.stdout.write(text);
    return;
  }
  const { writeFileAtomically } = await import('../oci/atomic-file.ts');
  await writeFileAtomically(path, inBytes(batches(texts)));
}

async function* inBytes(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const BATCH = 256 * 1024;

/** Pieces joined to some hundred kilobytes: a system call for each would take longer than making it. */
function* batches(pieces: Iterable<string>): Generator<string> {
  let [texts, size]: [string[], number] = [[], 0];
  for (const piece of pieces) {
    texts.push(piece);
    size += piece.length;
    if (size < BATCH) continue;
    yield texts.join('');
    [texts, size] = [[], 0];
  }
  if (size > 0) yield texts.join('');
}

/**
 * What is not known and what is no longer supported come first: they make the number of findings meaningless. Findings change
 * the code only when the options ask for it, as in Trivy.
 */
export function scanExitCode(options: Options, result: ScanResult): number {
  const onUnknown = codeOf('exit-on-unknown', options['exitOnUnknown'], 4);
  if (onUnknown !== 0 && verdictOf(result) === 'unknown') return onUnknown;
  const onEndOfLife = codeOf('exit-on-eol', options['exitOnEol'], 4);
  if (onEndOfLife !== 0 && result.endOfLife) return onEndOfLife;
  return findingsExitCode(options, result.findings);
}

/** --exit-code for any finding, --fail-on for those of at least a severity (unrated ones count: they may be anything). */
export function findingsExitCode(options: Options, findings: ScanResult['findings']): number {
  const [threshold] = severities(options['failOn'], 'fail-on') ?? [];
  const code = codeOf('exit-code', options['exitCode'], threshold === undefined ? 0 : 1);
  const counted = findings.filter(
    (finding) =>
      threshold === undefined || finding.severity === undefined || compareSeverity(severityOf(finding), threshold) >= 0,
  );
  return counted.length > 0 ? code : 0;
}

function codeOf(name: string, value: OptionValue, absent: number): number {
  if (value === undefined) return absent;
  const code = Number(value);
  if (Number.isInteger(code) && code >= 0 && code <= 255) return code;
  throw new SutureError('USAGE', `--${name}: "${String(value)}" is not an exit code (0 to 255)`);
}
