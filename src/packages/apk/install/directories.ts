import type { ByteString } from '../../../core/bytes.ts';
import type { ApkAcl } from '../types.ts';
import { type ProtectedPath, type Protection, protectionOf } from './protected-paths.ts';

/** What apk keeps of one directory in memory. */
export interface DirectoryState {
  /** Relative to the root; '' is the root. */
  readonly path: ByteString;
  readonly parent: DirectoryState | undefined;
  readonly protection: Protection;
  /** Patterns that go on below this directory. */
  readonly patterns: readonly ProtectedPath[];
  /** Packages that list it, plus directories below it. */
  references: number;
  /** Owner and mode that the packages agree on: the lowest owner, and of the same owner the common bits. */
  owner: { readonly uid: number; readonly gid: number; readonly mode: number };
  /** It exists, or was made. */
  created: boolean;
  /** Its owner and mode follow the packages at the end. */
  updatePermissions: boolean;
  /** A package that changed in this run lists it. */
  modified: boolean;
}

const NOBODY = { uid: 0xffffffff, gid: 0xffffffff, mode: 0 } as const;
export const DEFAULT_DIRECTORY: ApkAcl = { uid: 0, gid: 0, mode: 0o755 };

/** Every directory that packages list, with its parents, counted so that the last package takes it away. */
export class Directories {
  readonly #byPath = new Map<ByteString, DirectoryState>();
  readonly #protected: readonly ProtectedPath[];

  constructor(protectedPaths: readonly ProtectedPath[]) {
    this.#protected = protectedPaths;
  }

  find(path: ByteString): DirectoryState | undefined {
    return this.#byPath.get(path);
  }

  /** Also those that are gone. */
  all(): Iterable<DirectoryState> {
    return this.#byPath.values();
  }

  /** Counts one more user of a directory. */
  reference(path: ByteString): DirectoryState {
    const known = this.#byPath.get(path);
    if (known !== undefined && known.references > 0) {
      known.references++;
      return known;
    }
    const parent = path === '' ? undefined : this.reference(parentOf(path));
    const state: DirectoryState = {
      path,
      parent,
      ...protectionOf(path, parent, this.#protected),
      references: 1,
      owner: NOBODY,
      created: false,
      updatePermissions: false,
      modified: known?.modified ?? false,
    };
    this.#byPath.set(path, state);
    return state;
  }

  /** Counts one user less; `remove` is called for each directory that nobody uses any more, deepest first. */
  release(state: DirectoryState, remove: (path: ByteString) => void): void {
    state.references--;
    if (state.references > 0) return;
    if (state.parent !== undefined) {
      state.modified = true;
      remove(state.path);
      this.release(state.parent, remove);
    }
    state.created = false;
    state.updatePermissions = false;
  }
}

export function applyOwner(state: DirectoryState, { uid, gid, mode }: ApkAcl): void {
  const { owner } = state;
  if (uid < owner.uid || (uid === owner.uid && gid < owner.gid)) state.owner = { uid, gid, mode };
  else if (uid === owner.uid && gid === owner.gid) state.owner = { ...owner, mode: owner.mode & mode };
}

export function resetOwner(state: DirectoryState): void {
  state.owner = NOBODY;
}

export function parentOf(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}
