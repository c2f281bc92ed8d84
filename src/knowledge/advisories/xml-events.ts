import { SutureError } from '../../core/errors/error.ts';

export type XmlEvent =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: Readonly<Record<string, string>> }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string };

const NAME = /[A-Za-z_:][\w:.-]*/y;
const ATTRIBUTE = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Elements, attributes and text of a well-formed XML document, as package repositories write them. Document types are refused:
 * they could define entities without end.
 * @throws SutureError INVALID_DATA
 */
export function* xmlEvents(text: string, what: string): Generator<XmlEvent> {
  const open: string[] = [];
  let at = 0;
  const fail = (why: string) =>
    new SutureError('INVALID_DATA', `${what} is not well-formed XML at character ${at}: ${why}`);
  while (at < text.length) {
    const next = text.indexOf('<', at);
    const end = next < 0 ? text.length : next;
    if (end > at && open.length > 0) yield { kind: 'text', text: decoded(text.slice(at, end)) };
    if (next < 0) break;
    at = next;
    const special = SPECIAL.find(([start]) => text.startsWith(start, at));
    if (special !== undefined) {
      const [start, stop] = special;
      const closes = text.indexOf(stop, at + start.length);
      if (closes < 0) throw fail(`${start} has no end`);
      if (start === '<![CDATA[') yield { kind: 'text', text: text.slice(at + start.length, closes) };
      at = closes + stop.length;
    } else if (text.startsWith('<!', at)) throw fail('a document type');
    else if (text.startsWith('</', at)) {
      const closes = text.indexOf('>', at);
      const name = closes < 0 ? '' : text.slice(at + 2, closes).trim();
      if (name === '' || open.pop() !== name) throw fail(`</${name}> closes nothing`);
      yield { kind: 'close', name };
      at = closes + 1;
    } else {
      const tag = readTag(text, at + 1);
      if (tag === undefined) throw fail('a tag that cannot be read');
      yield { kind: 'open', name: tag.name, attributes: tag.attributes };
      if (tag.empty) yield { kind: 'close', name: tag.name };
      else open.push(tag.name);
      at = tag.end;
    }
  }
  if (open.length > 0) throw fail(`<${open.at(-1)}> is not closed`);
}

const SPECIAL = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const;

function readTag(text: string, start: number) {
  NAME.lastIndex = start;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return undefined;
  let at = start + name.length;
  const attributes: Record<string, string> = {};
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const match = ATTRIBUTE.exec(text);
    if (match === null) break;
    attributes[match[1] ?? ''] = decoded(match[2] ?? match[3] ?? '');
    at += match[0].length;
  }
  const close = /\s*(\/?)>/y;
  close.lastIndex = at;
  const end = close.exec(text);
  return end === null ? undefined : { name, attributes, empty: end[1] === '/', end: at + end[0].length };
}

function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name] ?? whole;
    const code = name[1] === 'x' || name[1] === 'X' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
