import { SutureError } from '../../../core/errors/error.ts';
import type { Installation } from './installation.ts';

/** More than any real set of packages needs; two packages that trigger each other for ever end here. */
const LIMIT = 1000;

/**
 * Calls `postinst triggered "<names>"` of every package with pending triggers until none is left (dpkg
 * src/main/trigproc.c).
 * @throws SutureError SCRIPT_FAILED
 */
export function processTriggers(installation: Installation): void {
  for (let count = 0; ; count++) {
    const next = installation.triggers.take();
    if (next === undefined) return;
    if (count >= LIMIT) throw new SutureError('SCRIPT_FAILED', `triggers of ${next.key} do not come to an end`);
    const record = installation.records.get(next.key);
    if (record === undefined) continue;
    installation.setRecord({ ...record, state: 'half-configured' });
    installation.run({ record }, 'postinst', ['triggered', next.names]);
    installation.setRecord({ ...(installation.records.get(next.key) ?? record), state: 'installed' });
    installation.incorporateTriggers();
  }
}
