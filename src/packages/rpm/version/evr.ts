import { compareRpmSegments } from './compare.ts';

/** Epoch, version, release: what orders the builds of one rpm package. */
export interface Evr {
  /** 0 when there is none. */
  readonly epoch: number;
  readonly version: string;
  /** Empty when there is none. */
  readonly release: string;
}

/** `[epoch:]version[-release]`; a missing epoch, or one that is no number, is 0. */
export function parseEvr(text: string): Evr {
  const colon = text.indexOf(':');
  const epoch = colon < 0 ? '' : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  const hyphen = rest.indexOf('-');
  return {
    epoch: /^\d{1,10}$/.test(epoch) ? Number(epoch) : 0,
    version: hyphen < 0 ? rest : rest.slice(0, hyphen),
    release: hyphen < 0 ? '' : rest.slice(hyphen + 1),
  };
}

/** As rpm shows it: the epoch only when it is not 0. */
export function formatEvr({ epoch, version, release }: Evr): string {
  return `${epoch === 0 ? '' : `${epoch}:`}${version}${release === '' ? '' : `-${release}`}`;
}

/** @returns -1, 0 or 1: epoch, then version, then release, each by rpm's order. A missing release sorts before any other. */
export function compareEvr(a: Evr, b: Evr): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  const byVersion = compareRpmSegments(a.version, b.version);
  if (byVersion !== 0 || a.release === b.release) return byVersion;
  if (a.release === '' || b.release === '') return a.release === '' ? -1 : 1;
  return compareRpmSegments(a.release, b.release);
}

/** compareEvr for `[epoch:]version[-release]` texts. */
export function compareRpmVersions(a: string, b: string): number {
  return a === b ? 0 : compareEvr(parseEvr(a), parseEvr(b));
}
