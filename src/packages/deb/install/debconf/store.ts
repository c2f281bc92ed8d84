import { type ByteString, byteStringToBytes, compareBytes } from '../../../../core/bytes.ts';
import type { MutableTree } from '../../../../oci/tree/types.ts';

/** One item of a debconf database: a question of config.dat or a template of templates.dat. */
export interface DebconfItem {
  readonly fields: Map<string, ByteString>;
  readonly owners: Set<ByteString>;
  readonly flags: Map<string, ByteString>;
  readonly variables: Map<ByteString, ByteString>;
}

/**
 * A debconf database file in its RFC 822 format (Debconf::Format::822), read whole and written back sorted, as debconf
 * does, but only when something changed.
 */
export class DebconfStore {
  readonly #path: ByteString;
  /** An item that nobody asked for is kept as the text it has in the file: templates.dat of tzdata alone has 800 kB. */
  readonly #items = new Map<ByteString, DebconfItem | ByteString>();
  #dirty = false;

  constructor(tree: MutableTree, path: ByteString) {
    this.#path = path;
    for (const stanza of (tree.readText(path) ?? '').split('\n\n')) this.#keep(stanza);
  }

  get(name: ByteString): DebconfItem | undefined {
    const found = this.#items.get(name);
    if (typeof found !== 'string') return found;
    const { item } = parseItem(found);
    this.#items.set(name, item);
    return item;
  }

  /** Adds an owner, making the item when it does not exist. */
  addOwner(name: ByteString, owner: ByteString): DebconfItem {
    let item = this.get(name);
    if (item === undefined) {
      item = { fields: new Map(), owners: new Set(), flags: new Map(), variables: new Map() };
      this.#items.set(name, item);
    }
    if (!item.owners.has(owner)) {
      item.owners.add(owner);
      this.#dirty = true;
    }
    return item;
  }

  /** Changes an item in place and marks the file as changed, as every setter of debconf does. */
  change(item: DebconfItem, change: (item: DebconfItem) => void): void {
    change(item);
    this.#dirty = true;
  }

  save(tree: MutableTree, sourceDate: number): void {
    if (!this.#dirty) return;
    const names = [...this.#items.keys()].sort(compareBytes);
    const text = names.map((name) => formatted(name, this.#items.get(name))).join('');
    tree.writeFile(this.#path, byteStringToBytes(text), { mode: 0o644, uid: 0, gid: 0, mtime: sourceDate });
    this.#dirty = false;
  }

  #keep(stanza: ByteString): void {
    const plain = /^Name:\s?(.*)\n/.exec(stanza)?.[1];
    // The field may also stand elsewhere or be spelled otherwise; then the whole is read now.
    const name = plain ?? parseItem(stanza).name;
    if (name !== undefined) this.#items.set(name, stanza);
  }
}

function parseItem(stanza: ByteString): { name: ByteString | undefined; item: DebconfItem } {
  const item: DebconfItem = { fields: new Map(), owners: new Set(), flags: new Map(), variables: new Map() };
  let name: ByteString | undefined;
  let inVariables = false;
  for (const line of stanza.split('\n')) {
    const variable = inVariables ? /^\s+(.*?)\s*=\s?(.*)$/s.exec(line) : null;
    if (variable !== null) {
      item.variables.set(variable[1] ?? '', decodeNewlines(variable[2] ?? ''));
      continue;
    }
    inVariables = false;
    const field = /^([^:]*):\s?(.*)$/s.exec(line);
    if (field === null) continue;
    const key = (field[1] ?? '').toLowerCase();
    const value = field[2] ?? '';
    if (key === 'name') name = value;
    else if (key === 'owners') for (const owner of value.split(/,\s+/)) item.owners.add(owner);
    else if (key === 'flags') for (const flag of value.split(/,\s+/)) item.flags.set(flag, 'true');
    else if (key === 'variables') inVariables = true;
    else if (key !== '') item.fields.set(key, decodeNewlines(value));
  }
  return { name, item };
}

/** What debconf writes for a stanza that it read and did not change, by its text: a run saves the same ones many times. */
const rewritten = new Map<ByteString, ByteString>();
const KEPT_STANZAS = 10_000;

function formatted(name: ByteString, item: DebconfItem | ByteString | undefined): ByteString {
  if (item === undefined) return '';
  if (typeof item !== 'string') return formatItem(name, item);
  const known = rewritten.get(item);
  if (known !== undefined) return known;
  const text = formatItem(name, parseItem(item).item);
  if (rewritten.size >= KEPT_STANZAS) rewritten.clear();
  rewritten.set(item, text);
  return text;
}

function decodeNewlines(value: ByteString): ByteString {
  return value.replaceAll('\\n', '\n');
}

function encodeNewlines(value: ByteString): ByteString {
  return value.replaceAll('\n', '\\n');
}

function formatItem(name: ByteString, item: DebconfItem): ByteString {
  const lines = [`Name: ${name}`];
  for (const field of [...item.fields.keys()].sort(compareBytes)) {
    lines.push(`${field.charAt(0).toUpperCase()}${field.slice(1)}: ${encodeNewlines(item.fields.get(field) ?? '')}`);
  }
  if (item.owners.size > 0) lines.push(`Owners: ${[...item.owners].sort(compareBytes).join(', ')}`);
  const flags = [...item.flags].filter(([, value]) => value === 'true').map(([flag]) => flag);
  if (flags.length > 0) lines.push(`Flags: ${flags.sort(compareBytes).join(', ')}`);
  if (item.variables.size > 0) {
    lines.push('Variables:');
    for (const variable of [...item.variables.keys()].sort(compareBytes)) {
      lines.push(` ${variable} = ${encodeNewlines(item.variables.get(variable) ?? '')}`);
    }
  }
  return `${lines.join('\n')}\n\n`;
}
