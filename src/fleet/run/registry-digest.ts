import type { Digest } from '../../core/digest.ts';
import { isSutureError } from '../../core/errors/error.ts';
import { openLocation } from '../../oci/location.ts';
import type { Workspace } from '../../patch/workspace.ts';

/** What a reference names now; undefined when nothing. */
export async function digestOf(workspace: Workspace, reference: string): Promise<Digest | undefined> {
  const { source, target, close } = await openLocation(reference, workspace.locations);
  try {
    return (await source.resolve(target)).digest;
  } catch (error) {
    if (isSutureError(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  } finally {
    await close();
  }
}
