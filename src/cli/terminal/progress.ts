import pc from 'picocolors';
import type { Environment } from '../../core/ports.ts';
import { type Progress, type ProgressEvent, silent } from '../../core/progress.ts';
import type { OptionValue, OutputStream, Terminal } from '../definition.ts';
import { useColor } from './color.ts';
import { formatBytes, formatDuration } from './format.ts';

type Options = Readonly<Record<string, OptionValue>>;

interface ActiveStep {
  readonly title: string;
  readonly unit: 'bytes' | 'items' | undefined;
  readonly startedAt: number;
  done: number;
  total: number | undefined;
}

/** A renderer of progress events on standard error: live lines on a terminal, one line per finished step elsewhere. */
export function progressRenderer(
  terminal: Terminal,
  options: Options,
  environment: Environment,
  now: () => number,
): Progress & { close(): void } {
  if (options['logFormat'] === 'json') return { ...jsonLines(terminal.stderr), close: () => {} };
  if (options['quiet']) return { ...silent, close: () => {} };
  return new TextProgress(
    terminal.stderr,
    terminal.stderr.isTerminal && !environment['CI'],
    useColor(terminal.stderr, options, environment),
    now,
  );
}

function jsonLines(stream: OutputStream): Progress {
  return {
    emit(event) {
      if (event.kind !== 'advance')
        stream.write(`${JSON.stringify({ level: event.kind === 'note' ? event.level : 'info', ...event })}\n`);
    },
  };
}

class TextProgress implements Progress {
  readonly #active = new Map<string, ActiveStep>();
  readonly #stream: OutputStream;
  readonly #live: boolean;
  readonly #paint: ReturnType<typeof pc.createColors>;
  readonly #now: () => number;
  #drawn = 0;
  #lastDraw = 0;

  constructor(stream: OutputStream, live: boolean, color: boolean, now: () => number) {
    this.#stream = stream;
    this.#live = live;
    this.#paint = pc.createColors(color);
    this.#now = now;
  }

  emit(event: ProgressEvent): void {
    switch (event.kind) {
      case 'start':
        this.#active.set(event.id, {
          title: event.title,
          unit: event.unit,
          startedAt: this.#now(),
          done: 0,
          total: event.total,
        });
        this.#draw(true);
        return;
      case 'advance': {
        const active = this.#active.get(event.id);
        if (active) {
          active.done = event.done;
          active.total = event.total ?? active.total;
        }
        this.#draw(false);
        return;
      }
      case 'end':
        this.#finish(event.id, event.summary);
        return;
      case 'note':
        this.#line(
          event.level === 'warning' ? `${this.#paint.yellow('warning')} ${event.message}` : `  ${event.message}`,
        );
    }
  }

  close(): void {
    this.#clear();
    this.#active.clear();
  }

  #finish(id: string, summary: string | undefined): void {
    const active = this.#active.get(id);
    if (active === undefined) return;
    this.#active.delete(id);
    const took = this.#paint.dim(formatDuration(this.#now() - active.startedAt).padStart(7));
    this.#line(`${this.#paint.green('✓')} ${took}  ${active.title}${summary ? this.#paint.dim(`: ${summary}`) : ''}`);
  }

  #line(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
    this.#draw(true);
  }

  #clear(): void {
    if (this.#drawn > 0) this.#stream.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }

  #draw(force: boolean): void {
    if (!this.#live || (!force && this.#now() - this.#lastDraw < 80)) return;
    this.#lastDraw = this.#now();
    this.#clear();
    const width = this.#stream.columns - 1;
    for (const step of [...this.#active.values()].slice(0, 6)) {
      const took = formatDuration(this.#now() - step.startedAt).padStart(7);
      this.#stream.write(`${`… ${took}  ${step.title}${amount(step)}`.slice(0, width)}\n`);
      this.#drawn++;
    }
  }
}

function amount({ done, total, unit }: ActiveStep): string {
  if (done === 0) return '';
  const show = (value: number) => (unit === 'bytes' ? formatBytes(value) : String(value));
  return total === undefined ? ` ${show(done)}` : ` ${show(done)} of ${show(total)}`;
}
