import { stat } from 'node:fs/promises';
import type { Fleet } from '../fleet/config/fleet.ts';
import { loadFleet } from '../fleet/config/load.ts';

/** The configuration, read again when its file changes. */
export class FleetSource {
  readonly file: string;
  readonly #failed: (error: unknown) => void;
  #fleet: Fleet;
  #seen: string;

  private constructor(file: string, fleet: Fleet, seen: string, failed: (error: unknown) => void) {
    this.file = file;
    this.#fleet = fleet;
    this.#seen = seen;
    this.#failed = failed;
  }

  /**
   * @param failed told of a change that cannot be read; what was read before holds on
   * @throws SutureError CONFIGURATION, FILE_UNREADABLE
   */
  static async open(file: string, failed: (error: unknown) => void): Promise<FleetSource> {
    const seen = await stateOf(file);
    return new FleetSource(file, await loadFleet(file), seen, failed);
  }

  /** As it was read last. */
  get last(): Fleet {
    return this.#fleet;
  }

  /** As the file is now, or as it was when it could last be read. */
  async current(): Promise<Fleet> {
    const seen = await stateOf(this.file).catch(() => '');
    if (seen === this.#seen) return this.#fleet;
    this.#seen = seen;
    try {
      this.#fleet = await loadFleet(this.file);
    } catch (error) {
      this.#failed(error);
    }
    return this.#fleet;
  }

  /** For a run: lists that the configuration names are read as well. @throws SutureError CONFIGURATION, FILE_UNREADABLE */
  async read(): Promise<Fleet> {
    this.#fleet = await loadFleet(this.file);
    return this.#fleet;
  }
}

async function stateOf(file: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(file);
  return `${mtimeMs} ${size} ${ino}`;
}
