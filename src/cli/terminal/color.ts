import type { Environment } from '../../core/ports.ts';
import type { OptionValue, OutputStream } from '../definition.ts';

/** NO_COLOR, then --no-color, then FORCE_COLOR, then whether the stream is a terminal (each stream for itself). */
export function useColor(
  stream: OutputStream,
  options: Readonly<Record<string, OptionValue>>,
  environment: Environment,
): boolean {
  if (environment['NO_COLOR']) return false;
  if (options['color'] === false) return false;
  if (environment['FORCE_COLOR'] || environment['CLICOLOR_FORCE']) return true;
  return stream.isTerminal && environment['TERM'] !== 'dumb';
}
