import type { Outcome, OutcomeCounts } from '../../src/service/api/contract/values.ts';
import type { Tone } from '../parts/badge.tsx';
import type { IconName } from '../parts/icon-paths.ts';

export interface Words {
  readonly label: string;
  readonly meaning: string;
  readonly tone: Tone;
  readonly icon: IconName;
}

export const OUTCOME_WORDS: Readonly<Record<Outcome, Words>> = {
  patched: { label: 'Patched', meaning: 'Published under a new tag', tone: 'good', icon: 'check' },
  clean: { label: 'Clean', meaning: 'Nothing to fix; approved as it is', tone: 'good', icon: 'check' },
  partial: {
    label: 'Partial',
    meaning: 'Published, but some packages stay as they are',
    tone: 'medium',
    icon: 'minus',
  },
  pending: { label: 'Pending', meaning: 'Something should change, nothing could', tone: 'medium', icon: 'clock' },
  refused: { label: 'Refused', meaning: 'Refused by policy; nothing was changed', tone: 'high', icon: 'lock' },
  failed: { label: 'Failed', meaning: 'It went wrong; the next run tries again', tone: 'critical', icon: 'error' },
};

export const UNCHECKED_WORDS: Words = {
  label: 'Not checked',
  meaning: 'No run has looked at it yet',
  tone: 'unknown',
  icon: 'clock',
};

export function outcomeWords(outcome: Outcome | undefined): Words {
  return outcome === undefined ? UNCHECKED_WORDS : OUTCOME_WORDS[outcome];
}

export const OUTCOME_ORDER = [...(Object.keys(OUTCOME_WORDS) as Outcome[]), 'unchecked'] as const;

export function wordsOfKey(key: keyof OutcomeCounts): Words {
  return key === 'unchecked' ? UNCHECKED_WORDS : OUTCOME_WORDS[key];
}
