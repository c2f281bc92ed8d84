import type { NewWaiver, WaiverState } from '../../src/service/api/contract/waivers.ts';
import type { Words } from './outcomes.ts';

export const WAIVER_STATE_WORDS: Readonly<Record<WaiverState, Words>> = {
  active: { label: 'Active', meaning: 'Holds now', tone: 'waived', icon: 'waiver' },
  expiring: { label: 'Ends soon', meaning: 'Ends within a week', tone: 'medium', icon: 'clock' },
  expired: { label: 'Expired', meaning: 'Its time is over', tone: 'unknown', icon: 'stop' },
  removed: { label: 'Ended', meaning: 'Ended before its time', tone: 'unknown', icon: 'close' },
};

/** OpenVEX justifications of `not_affected`. */
export const JUSTIFICATION_WORDS: Readonly<Record<NewWaiver['justification'], string>> = {
  none: 'None: the risk is accepted',
  component_not_present: 'The component is not there',
  vulnerable_code_not_present: 'The vulnerable code is not there',
  vulnerable_code_not_in_execute_path: 'The vulnerable code is never run',
  vulnerable_code_cannot_be_controlled_by_adversary: 'An adversary cannot reach the vulnerable code',
  inline_mitigations_already_exist: 'Mitigations are in place',
};
