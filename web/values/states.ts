import type { Compliance, SlaState, StateCounts } from '../../src/service/api/contract/values.ts';
import type { Words } from './outcomes.ts';

export const STATE_WORDS: Readonly<Record<SlaState, Words>> = {
  late: { label: 'Late', meaning: 'Has a fix and is past its service level', tone: 'critical', icon: 'warning' },
  due: { label: 'Due', meaning: 'Has a fix and is within its service level', tone: 'accent', icon: 'clock' },
  unmeasured: {
    label: 'No level',
    meaning: 'Has a fix; no service level is set for its severity',
    tone: 'unknown',
    icon: 'minus',
  },
  waived: { label: 'Waived', meaning: 'Accepted for a time', tone: 'waived', icon: 'waiver' },
  'pending-upstream': {
    label: 'No fix yet',
    meaning: 'The repositories of the image have no fix',
    tone: 'unknown',
    icon: 'clock',
  },
  unfixable: { label: 'Will not fix', meaning: 'The distribution will not fix it', tone: 'unknown', icon: 'close' },
  eol: { label: 'End of life', meaning: 'The system gets no fixes any more', tone: 'high', icon: 'stop' },
  met: { label: 'Fixed', meaning: 'Gone, within its service level', tone: 'good', icon: 'check' },
  'met-late': { label: 'Fixed late', meaning: 'Gone, after its service level', tone: 'medium', icon: 'check' },
};

/** Open states with the member that counts them, in the order of urgency. */
export const OPEN_STATE_KEYS = [
  ['late', 'late'],
  ['due', 'due'],
  ['unmeasured', 'unmeasured'],
  ['waived', 'waived'],
  ['pending-upstream', 'pendingUpstream'],
  ['unfixable', 'unfixable'],
  ['eol', 'endOfLife'],
] as const satisfies readonly (readonly [SlaState, keyof StateCounts])[];

export const COMPLIANCE_WORDS: Readonly<Record<Compliance, Words>> = {
  compliant: { label: 'Compliant', meaning: 'No finding is late', tone: 'good', icon: 'check' },
  late: { label: 'Late', meaning: 'A finding is past its service level', tone: 'critical', icon: 'warning' },
  unknown: {
    label: 'Unknown',
    meaning: 'Never compared with a database, or could not be worked on; not the same as clean',
    tone: 'unknown',
    icon: 'info',
  },
};
