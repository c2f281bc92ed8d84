import type { FastifyServerOptions } from 'fastify';

export interface LogOptions {
  readonly format: 'text' | 'json';
  readonly level: 'debug' | 'info' | 'warn';
  write(text: string): void;
}

interface Line {
  readonly level: string;
  readonly time: string;
  readonly message?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
  readonly [more: string]: unknown;
}

/** One object in a line for machines; for people the same as a sentence. */
export function loggerOptions({ format, level, write }: LogOptions): FastifyServerOptions['logger'] {
  return {
    level,
    // Without process id and host name, which whoever collects logs knows; null is pino's word for it.
    base: null,
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    stream: { write: format === 'json' ? write : (line: string) => write(asText(JSON.parse(line) as Line)) },
  };
}

function asText({ level, time, message = '', err, reqId, ...more }: Line): string {
  const fields = Object.entries(more).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const cause = err === undefined ? '' : `\n  ${err.stack ?? err.message ?? ''}`;
  const mark = level === 'info' ? '' : `${level}: `;
  return `${time.slice(11, 19)} ${mark}${message}${fields.join('')}${cause}\n`;
}
