import type { ByteString } from '../../../../core/bytes.ts';

/** One stanza of a configuration file: field names in lower case, folded lines joined with "\n" and trimmed. */
export interface Stanza {
  readonly fields: ReadonlyMap<string, string>;
  /** Number of its first line, from 1. */
  readonly line: number;
}

/**
 * Reads the deb822 form of apt's configuration (`*.sources`, preferences): as a control file, but lines that begin with `#`
 * are comments anywhere, also between folded lines (sources.list(5), "DEB822-STYLE FORMAT"). Lines that are neither are
 * reported to `malformed` with their number.
 */
export function parseStanzas(text: ByteString, malformed: (line: number) => void = () => {}): Stanza[] {
  const stanzas: Stanza[] = [];
  let fields = new Map<string, string>();
  let first = 0;
  let current: string | undefined;
  const finish = (): void => {
    if (fields.size > 0) stanzas.push({ fields, line: first });
    fields = new Map();
    current = undefined;
  };
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    if (raw.startsWith('#')) continue;
    if (line === '') finish();
    else if (line.startsWith(' ') || line.startsWith('\t')) {
      if (current === undefined) malformed(index + 1);
      else fields.set(current, `${fields.get(current) ?? ''}\n${line.trim()}`);
    } else {
      const colon = line.indexOf(':');
      if (colon <= 0) malformed(index + 1);
      else {
        if (fields.size === 0) first = index + 1;
        current = line.slice(0, colon).trim().toLowerCase();
        fields.set(current, line.slice(colon + 1).trim());
      }
    }
  }
  finish();
  return stanzas;
}

export function words(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(/[\s]+/).filter((word) => word !== '');
}
