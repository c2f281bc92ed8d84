import type { ByteString } from '../../../core/bytes.ts';

/** dpkg's administrative directory. */
export const ADMIN = '/var/lib/dpkg';

/** Lines of a text file without their newlines; none for an absent or empty file. */
export function lines(text: ByteString | undefined): ByteString[] {
  if (text === undefined || text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
