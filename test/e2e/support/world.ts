import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlanDocument } from '../../../src/patch/plan-document.ts';
import { type Suite, TestArchive } from './archive.ts';
import { type ImageSketch, makeDebianImage, store } from './base-image.ts';
import { daemon, GREET_DATA, greet, notes } from './packages.ts';
import { callProgram, type Finished, Program, type RunOptions } from './program.ts';

export const STABLE: Suite = {
  suite: 'stable',
  date: 'Sat, 01 Feb 2025 10:00:00 UTC',
  packages: [...greet('1.0-1'), notes('2.1'), daemon('1.0')],
};

/** What the security suite offers first; its date names the default tag. */
export const SECURITY: Suite = {
  suite: 'stable-security',
  date: 'Mon, 03 Mar 2025 10:00:00 UTC',
  packages: [...greet('1.0-1+deb1u1'), GREET_DATA, daemon('1.1')],
};

/** A month later. */
export const LATER_SECURITY: Suite = {
  suite: 'stable-security',
  date: 'Thu, 03 Apr 2025 10:00:00 UTC',
  packages: [...greet('1.0-1+deb1u2'), GREET_DATA, daemon('1.1')],
};

export const FIRST_TAG = '20250303100000';
export const LATER_TAG = '20250403100000';

export interface PlanResult {
  readonly kind: 'PlanResult';
  readonly planDigest: string;
  readonly plan: PlanDocument;
  readonly notes: readonly string[];
  readonly lineage: string;
}

export interface PatchResult {
  readonly kind: 'PatchResult';
  readonly outcome: 'patched' | 'nothing-to-do';
  readonly digest: string;
  readonly planDigest: string;
  readonly plan: PlanDocument;
  readonly lineage?: string;
  readonly layer?: { readonly digest: string; readonly diffId: string; readonly isShared: boolean };
  readonly published?: { readonly reference: string; readonly digest: string; readonly outcome: string };
}

export interface ErrorResult {
  readonly kind: 'Error';
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** A machine in small: the built program, a signed archive, and a directory for images and caches. */
export class World {
  #program: Program | undefined;
  readonly archive: TestArchive;
  readonly directory: string;
  /** Unless a run names another; a new one whenever the archive goes back, which a cache would notice. */
  cache = '';
  #names = 0;

  private constructor(archive: TestArchive) {
    this.archive = archive;
    this.directory = mkdtempSync(join(tmpdir(), 'suture-e2e-'));
  }

  static async open(): Promise<World> {
    const world = new World(await TestArchive.start());
    await world.publishFirst();
    return world;
  }

  /** Built when it is first asked for: many tests run command lines in their own process only. */
  get program(): Program {
    this.#program ??= Program.build();
    return this.#program;
  }

  async close(): Promise<void> {
    await this.archive.stop();
    this.#program?.remove();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The archive as it is first, whatever a test made of it. */
  async publishFirst(): Promise<void> {
    this.cache = this.path('cache');
    this.archive.files.clear();
    this.archive.server.intercept = () => undefined;
    await this.archive.publish(STABLE, SECURITY);
  }

  /** A new path in the directory of this world. */
  path(name: string): string {
    return join(this.directory, `${++this.#names}-${name}`);
  }

  image(sketch: Omit<ImageSketch, 'keyring'> = {}) {
    return makeDebianImage({ ...sketch, keyring: this.archive.keyring });
  }

  /** A layout with one image under the tag `1`; returns its name without the tag. */
  async layout(sketch: Omit<ImageSketch, 'keyring'> = {}): Promise<string> {
    const name = `oci:${this.path('layout')}`;
    await store(await this.image(sketch), `${name}:1`);
    return name;
  }

  /** Runs the built program as a process of its own. */
  run(args: readonly string[], options: WorldRun = {}): Promise<Finished> {
    const { cache = this.cache, env, ...rest } = options;
    return this.program.run([...args], { ...rest, env: { SUTURE_CACHE_DIR: cache, HOME: this.directory, ...env } });
  }

  /** Runs a command line in this process, which is quicker. */
  call(args: readonly string[], options: Pick<WorldRun, 'cache' | 'env'> = {}): Promise<Finished> {
    const { cache = this.cache, env } = options;
    const environment = { HOME: this.directory, NO_COLOR: '1', ...env };
    return callProgram([...args, '--cache-dir', cache], environment);
  }

  patch(image: string, args: readonly string[] = [], options: Pick<WorldRun, 'cache' | 'env'> = {}): Promise<Finished> {
    return this.call(this.patchLine(image, args), options);
  }

  plan(image: string, args: readonly string[] = [], options: Pick<WorldRun, 'cache' | 'env'> = {}): Promise<Finished> {
    return this.call(['plan', '--output', 'json', ...this.archive.options, ...args, image], options);
  }

  patchLine(image: string, args: readonly string[] = []): string[] {
    return ['patch', '--output', 'json', ...this.archive.options, ...args, image];
  }
}

export interface WorldRun extends RunOptions {
  /** Cache directory; one for the whole world when absent. */
  readonly cache?: string;
}

/** The JSON document of a run that ended with `code`. */
export function result<T>(finished: Finished, code = 0): T {
  if (finished.code !== code)
    throw new Error(`exit code ${finished.code}, not ${code}\n${finished.stdout}${finished.stderr}`);
  return JSON.parse(finished.stdout) as T;
}

export function patched(finished: Finished, code = 0): PatchResult {
  return result<PatchResult>(finished, code);
}

/** The code of a run that failed. */
export function failure(finished: Finished): { readonly exit: number; readonly code: string } {
  return { exit: finished.code, code: (JSON.parse(finished.stdout) as ErrorResult).code };
}

/** Files below a directory whose names say that they were never finished. */
export function leftovers(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?:\.tmp$|(?:^|\/)\.suture-\d|\.part$|\.partial$)/.test(name),
  );
}
