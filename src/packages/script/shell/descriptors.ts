import { type ByteString, byteStringToBytes } from '../../../core/bytes.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import { NotNative } from '../not-native.ts';
import type { Budget } from './budget.ts';
import { writeInPlace } from './files.ts';

/** An open file description: shared by duplicated descriptors and by child processes, together with its offset. */
export interface Description {
  readonly readable: boolean;
  readonly writable: boolean;
  /** What is read of it is seen by the script or the outcome; false for /dev/null. */
  readonly observed: boolean;
  /** Everything that is left, up to the end. */
  readAll(): ByteString;
  /** One line with its newline, or what is left; empty at the end. */
  readLine(): ByteString;
  write(text: ByteString): void;
}

function refuse(what: string): never {
  throw new NotNative(what);
}

/** Collects what is written: a pipe, a command substitution, or the output of the whole script. */
export class Collector implements Description {
  readonly readable = false;
  readonly writable = true;
  readonly observed: boolean;
  readonly #budget: Budget;
  readonly #chunks: ByteString[] = [];

  constructor(budget: Budget, observed = true) {
    this.#budget = budget;
    this.observed = observed;
  }

  get text(): ByteString {
    return this.#chunks.join('');
  }

  readAll(): ByteString {
    return refuse('reading from an output');
  }

  readLine(): ByteString {
    return refuse('reading from an output');
  }

  write(text: ByteString): void {
    this.#budget.output(text.length);
    this.#chunks.push(text);
  }
}

/** Reads a text that is known: the reading end of a pipe, a here-document, the input of the script. */
export class TextSource implements Description {
  readonly readable = true;
  readonly writable = false;
  readonly observed = true;
  readonly #text: ByteString;
  #offset = 0;

  constructor(text: ByteString) {
    this.#text = text;
  }

  get isEmpty(): boolean {
    return this.#text === '';
  }

  get isExhausted(): boolean {
    return this.#offset === this.#text.length;
  }

  readAll(): ByteString {
    const rest = this.#text.slice(this.#offset);
    this.#offset = this.#text.length;
    return rest;
  }

  readLine(): ByteString {
    const end = this.#text.indexOf('\n', this.#offset);
    const line = this.#text.slice(this.#offset, end < 0 ? undefined : end + 1);
    this.#offset += line.length;
    return line;
  }

  write(): void {
    refuse('writing to an input');
  }
}

/** /dev/null, open both ways. */
export class NullDevice implements Description {
  readonly readable = true;
  readonly writable = true;
  readonly observed = false;

  readAll(): ByteString {
    return '';
  }

  readLine(): ByteString {
    return '';
  }

  write(): void {}
}

export interface FileAccess {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly append: boolean;
}

/** An open regular file of the tree. If the file is replaced while it is open, further use is not native. */
export class OpenFile implements Description {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly observed = true;
  readonly path: ByteString;
  readonly #append: boolean;
  readonly #tree: MutableTree;
  readonly #budget: Budget;
  readonly #mtime: number;
  #inode: number | undefined;
  #content: ByteString | undefined;
  #offset = 0;

  constructor(tree: MutableTree, path: ByteString, access: FileAccess, mtime: number, budget: Budget) {
    this.path = tree.realpath(path) ?? path;
    this.readable = access.readable;
    this.writable = access.writable;
    this.#append = access.append;
    this.#tree = tree;
    this.#budget = budget;
    this.#mtime = mtime;
    this.#inode = tree.lstat(this.path)?.ino;
  }

  #load(): ByteString {
    if (this.#tree.lstat(this.path)?.ino !== this.#inode) refuse(`${this.path} was replaced while it was open`);
    this.#content ??= this.#tree.readText(this.path) ?? '';
    return this.#content;
  }

  readAll(): ByteString {
    const rest = this.#load().slice(this.#offset);
    this.#offset += rest.length;
    return rest;
  }

  readLine(): ByteString {
    const content = this.#load();
    const end = content.indexOf('\n', this.#offset);
    const line = content.slice(this.#offset, end < 0 ? undefined : end + 1);
    this.#offset += line.length;
    return line;
  }

  write(text: ByteString): void {
    if (text === '') return;
    const content = this.#load();
    this.#budget.output(text.length);
    const offset = this.#append ? content.length : this.#offset;
    if (offset > content.length) refuse('writing beyond the end of a file');
    this.#content = content.slice(0, offset) + text + content.slice(offset + text.length);
    this.#offset = offset + text.length;
    writeInPlace(this.#tree, this.path, byteStringToBytes(this.#content), this.#mtime);
    this.#inode = this.#tree.lstat(this.path)?.ino;
  }
}

/** A descriptor that is open but of which nothing is known, such as a closed standard input of the package manager. */
export type DescriptorTable = Map<number, Description>;
