import type { ByteString } from '../../../core/bytes.ts';
import type { Paragraph } from '../types.ts';

/** `Name: value` lines in the paragraph's order, each ended by a newline, without the empty line after it. */
export function formatParagraph(paragraph: Paragraph): ByteString {
  let text = '';
  for (const [name, value] of paragraph) text += formatField(name, value);
  return text;
}

/** A value that begins with a newline (`Conffiles`) follows the colon directly. */
export function formatField(name: string, value: ByteString): ByteString {
  return value === '' || value.startsWith('\n') ? `${name}:${value}\n` : `${name}: ${value}\n`;
}

/** The value of a field whatever the case of its name; undefined when absent. */
export function findField(paragraph: Paragraph, name: string): ByteString | undefined {
  const exact = paragraph.get(name);
  if (exact !== undefined) return exact;
  const wanted = name.toLowerCase();
  for (const [written, value] of paragraph) if (written.toLowerCase() === wanted) return value;
  return undefined;
}
