import { type ByteString, compareBytes } from '../../../../core/bytes.ts';
import { isSutureError } from '../../../../core/errors/error.ts';
import type { CommandContext } from '../../../script/types.ts';
import {
  ALTERNATIVES_DIRECTORY,
  type Alternative,
  formatAlternative,
  parseAlternative,
} from '../../database/alternatives.ts';
import { readLink, replaceFile } from '../root-files.ts';

export const LINK_DIRECTORY = '/etc/alternatives';

export interface SlaveLink {
  link: ByteString;
  /** Its link moved or is new in this call: fixing it is no repair. */
  updated: boolean;
}

export interface Choice {
  readonly path: ByteString;
  readonly priority: number;
  /** File by slave name; no entry where the choice has none. */
  readonly slaves: ReadonlyMap<ByteString, ByteString>;
}

/** A link group in memory, as update-alternatives(1) works on it. */
export class LinkGroup {
  readonly name: ByteString;
  mode: 'auto' | 'manual' = 'auto';
  link: ByteString;
  slaves = new Map<ByteString, SlaveLink>();
  choices: Choice[] = [];
  modified = false;
  readonly #context: CommandContext;

  constructor(context: CommandContext, name: ByteString, link: ByteString) {
    this.#context = context;
    this.name = name;
    this.link = link;
  }

  /** The registered group; choices whose file is gone are dropped with a warning. Undefined when there is none. */
  static load(context: CommandContext, name: ByteString, warn: boolean): LinkGroup | undefined {
    const path = `${ALTERNATIVES_DIRECTORY}/${name}`;
    const text = context.tree.readText(path);
    if (text === undefined || text === '') return undefined;
    const stored = parse(context, text, path);
    const group = new LinkGroup(context, name, stored.link);
    group.mode = stored.mode;
    for (const slave of stored.slaves) group.slaves.set(slave.name, { link: slave.link, updated: false });
    for (const { path: file, priority, slaves } of stored.choices) {
      context.step(1);
      if (context.tree.stat(file) === undefined) {
        group.modified = true;
        if (warn) {
          group.warn(
            `alternative ${file} (part of link group ${name}) doesn't exist; removing from list of alternatives`,
          );
        }
        continue;
      }
      const files = stored.slaves.map((slave, index) => [slave.name, slaves[index] ?? ''] as const);
      group.choices.push({ path: file, priority, slaves: new Map(files.filter(([, value]) => value !== '')) });
    }
    return group;
  }

  warn(text: string): void {
    this.#context.stderr(`update-alternatives: warning: ${text}\n`);
  }

  /** Target of `/etc/alternatives/<name>`; undefined when there is none. */
  get current(): ByteString | undefined {
    const path = `${LINK_DIRECTORY}/${this.name}`;
    const inode = this.#context.tree.lstat(path);
    if (inode !== undefined && inode.type !== 'symlink') return this.#context.notNative(`${path} is no link`);
    return readLink(this.#context, path);
  }

  setMode(mode: 'auto' | 'manual'): void {
    if (mode !== this.mode) this.modified = true;
    this.mode = mode;
  }

  choice(path: ByteString | undefined): Choice | undefined {
    return this.choices.find((choice) => choice.path === path);
  }

  /** Replaces the choice of the same path, or adds it at the end. */
  addChoice(choice: Choice): void {
    const index = this.choices.findIndex(({ path }) => path === choice.path);
    if (index < 0) this.choices.push(choice);
    else this.choices[index] = choice;
    this.modified = true;
  }

  /** Highest priority; among equals the current one, else the first. */
  get best(): Choice | undefined {
    let best = this.choice(this.current) ?? this.choices[0];
    for (const choice of this.choices) if (best !== undefined && choice.priority > best.priority) best = choice;
    return best;
  }

  /** Writes the file: slaves that no choice has are dropped, the rest is sorted by name and path. */
  save(): void {
    for (const name of [...this.slaves.keys()]) {
      if (!this.choices.some(({ slaves }) => slaves.has(name))) this.slaves.delete(name);
    }
    this.slaves = new Map([...this.slaves].sort(([a], [b]) => compareBytes(a, b)));
    this.choices.sort((a, b) => compareBytes(a.path, b.path));
    const slaves = [...this.slaves].map(([name, { link }]) => ({ name, link }));
    const choices = this.choices.map(({ path, priority, slaves: files }) => ({
      path,
      priority,
      slaves: slaves.map(({ name }) => files.get(name) ?? ''),
    }));
    const text = formatAlternative({ mode: this.mode, link: this.link, slaves, choices });
    replaceFile(this.#context, `${ALTERNATIVES_DIRECTORY}/${this.name}`, text);
  }
}

function parse(context: CommandContext, text: ByteString, path: ByteString): Alternative {
  try {
    return parseAlternative(text, path);
  } catch (error) {
    if (isSutureError(error)) return context.notNative(error.message);
    throw error;
  }
}
