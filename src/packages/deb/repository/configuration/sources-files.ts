import { readFileSync } from 'node:fs';
import { SutureError } from '../../../../core/errors/error.ts';
import { checkLimit } from '../../../../core/limits.ts';

const MAX_BYTES = 8 * 1024 * 1024;

/** Files of this machine in the form of sources.list, or of *.sources by their names. @throws SutureError FILE_UNREADABLE */
export function readSourcesFiles(names: readonly string[]): { readonly name: string; readonly text: string }[] {
  return names.map((name) => {
    try {
      const text = readFileSync(name, 'utf8');
      checkLimit(name, text.length, MAX_BYTES);
      return { name, text };
    } catch (error) {
      if (error instanceof SutureError) throw error;
      throw new SutureError('FILE_UNREADABLE', `the apt sources ${name} cannot be read`, { cause: error });
    }
  });
}
