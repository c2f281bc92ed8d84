import { SutureError } from '../core/errors/error.ts';
import { isSeverity, SEVERITIES, type Severity } from '../core/severity.ts';
import type { OptionValue } from './definition.ts';

/** `127.0.0.1:5000`, `[::1]:5000`, `:5000`. @throws SutureError USAGE */
export function listenAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535)
    throw usage(`--listen: "${text}" is not ADDRESS:PORT`, 'Write for example 127.0.0.1:5000 or [::1]:5000.');
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}

/** `HIGH,CRITICAL` (Trivy's spelling, any case). @throws SutureError USAGE */
export function severities(value: OptionValue, option = 'severity'): readonly Severity[] | undefined {
  if (typeof value !== 'string') return undefined;
  return value.split(',').map((word) => {
    const name = word.trim().toUpperCase();
    if (isSeverity(name)) return name;
    throw usage(`--${option}: "${word}" is no severity`, `Name some of ${SEVERITIES.join(', ')}, separated by commas.`);
  });
}

/** A list option that may be repeated and may hold commas. */
export function words(value: OptionValue): readonly string[] {
  if (value === undefined || typeof value === 'boolean' || typeof value === 'number') return [];
  return (typeof value === 'string' ? [value] : value)
    .flatMap((item) => item.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** `FROM=TO` of --mirror; the first `=` that is not in a query divides. @throws SutureError USAGE */
export function redirect(text: string): { from: string; to: string } {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw usage(
      `--mirror: "${text}" is not FROM=TO`,
      'Write for example security.example.org=https://mirror.example.org/security or archive.example.org=/srv/mirror.',
    );
  return { from: text.slice(0, at), to: text.slice(at + 1) };
}

export function positiveNumber(name: string, value: OptionValue): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw usage(`--${name}: "${String(value)}" is not a positive number`, 'Give a number of at least 1.');
}

/** `90m`, `36h`, `7d`, in milliseconds. @throws SutureError USAGE */
export function duration(name: string, value: OptionValue): number {
  const match = /^(\d{1,6})(m|h|d)$/.exec(String(value).trim());
  const minutes = { m: 1, h: 60, d: 1440 }[match?.[2] ?? ''];
  if (match !== null && minutes !== undefined) return Number(match[1]) * minutes * 60_000;
  throw usage(`--${name}: "${String(value)}" is no duration`, 'Give a number and m, h or d: 90m, 36h, 7d.');
}

function usage(message: string, fix: string): SutureError {
  return new SutureError('USAGE', message, { fix });
}
