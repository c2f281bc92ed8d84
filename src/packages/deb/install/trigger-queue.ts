import type { ByteString } from '../../../core/bytes.ts';
import type { PackageKey } from './file-owners.ts';

/** Packages whose postinst has to be called with `triggered`, and for which triggers; in the order of first activation. */
export class TriggerQueue {
  readonly #pending = new Map<PackageKey, Set<ByteString>>();

  /** Records an activation; a package that is not configured at that moment does not hear it (dpkg trig_record_activation). */
  activate(trigger: ByteString, interested: readonly PackageKey[]): void {
    for (const key of interested) {
      const names = this.#pending.get(key);
      if (names === undefined) this.#pending.set(key, new Set([trigger]));
      else names.add(trigger);
    }
  }

  /** A package that is unpacked anew will do everything in its postinst. */
  forget(key: PackageKey): void {
    this.#pending.delete(key);
  }

  /** Takes the next package; its trigger names as the argument of `postinst triggered`. */
  take(): { readonly key: PackageKey; readonly names: ByteString } | undefined {
    for (const [key, names] of this.#pending) {
      this.#pending.delete(key);
      return { key, names: [...names].join(' ') };
    }
    return undefined;
  }
}
