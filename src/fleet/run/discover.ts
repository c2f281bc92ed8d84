import { isSutureError, SutureError } from '../../core/errors/error.ts';
import { loadImageOrIndex } from '../../oci/image.ts';
import { openLocation } from '../../oci/location.ts';
import type { Workspace } from '../../patch/workspace.ts';
import type { Fleet, ImageSet, Selection } from '../config/fleet.ts';
import { chooseTags, type TagRules, tagsOfTemplate } from '../config/tag-rules.ts';

export interface Discovered {
  readonly found: readonly { readonly reference: string; readonly set: ImageSet }[];
  /** Repositories and registries that could not be listed: their images are not known, which is not the same as patched. */
  readonly failures: readonly { readonly subject: string; readonly error: SutureError }[];
  readonly notes: readonly string[];
}

type Mutable = {
  found: { reference: string; set: ImageSet }[];
  failures: { subject: string; error: SutureError }[];
  notes: string[];
};

/** Finds the images that a configuration means. One repository that cannot be listed does not stop the others. */
export async function discover(workspace: Workspace, fleet: Fleet): Promise<Discovered> {
  const result: Mutable = { found: [], failures: [], notes: [...fleet.notes] };
  for (const set of fleet.sets) await discoverSet(workspace, set, set.selection, result);
  return result;
}

async function discoverSet(workspace: Workspace, set: ImageSet, selection: Selection, result: Mutable): Promise<void> {
  switch (selection.kind) {
    case 'references':
      result.found.push(...selection.references.map(({ reference }) => ({ reference, set })));
      return;
    case 'repository':
      await discoverRepository(workspace, set, selection.repository, selection.tags, result);
      return;
    case 'registry':
      await isolated(workspace, selection.registry, result, async () => {
        for (const name of await catalog(workspace, selection.registry))
          if (selection.repositories?.test(name) ?? true)
            await discoverRepository(workspace, set, `${selection.registry}/${name}`, selection.tags, result);
      });
  }
}

async function discoverRepository(
  workspace: Workspace,
  set: ImageSet,
  repository: string,
  rules: TagRules,
  result: Mutable,
): Promise<void> {
  await isolated(workspace, repository, result, async () => {
    const listed = rules.list === undefined ? await tagsOf(workspace, repository) : [];
    const created = (tag: string) => createdAt(workspace, `${repository}:${tag}`);
    const { tags, unordered } = await chooseTags(listed, rules, tagsOfTemplate(set.policy.tag), created);
    if (unordered.length > 0)
      result.notes.push(`${repository}: ${unordered.length} tags have no place in the order: ${shortened(unordered)}`);
    if (tags.length === 0) result.notes.push(`${repository}: no tag is chosen`);
    result.found.push(...tags.map((tag) => ({ reference: `${repository}:${tag}`, set })));
  });
}

async function isolated(
  workspace: Workspace,
  subject: string,
  result: Mutable,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    workspace.signal.throwIfAborted();
    if (!isSutureError(error)) throw error;
    result.failures.push({ subject, error });
  }
}

async function catalog(workspace: Workspace, host: string): Promise<readonly string[]> {
  const list = workspace.locations.catalog;
  if (list === undefined) throw new SutureError('USAGE', `the repositories of ${host} cannot be listed here`);
  return all(list(host));
}

/** All tags of a repository; none when there is no such repository yet. */
export async function tagsOf(workspace: Workspace, repository: string): Promise<string[]> {
  const { source, close } = await openLocation(`${repository}:latest`, workspace.locations);
  try {
    return await all(source.tags());
  } finally {
    await close();
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function createdAt(workspace: Workspace, reference: string): Promise<number> {
  const { source, target, close } = await openLocation(reference, workspace.locations);
  try {
    const found = await loadImageOrIndex(source, target);
    const [child] = found.kind === 'index' ? found.index.manifests : [];
    const image = child === undefined ? found : await loadImageOrIndex(source, child.digest);
    return image.kind === 'image' ? Date.parse(image.config.created ?? '') || 0 : 0;
  } finally {
    await close();
  }
}

function shortened(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ');
}
