import type { RunStatus, RunTrigger } from '../../src/service/api/contract/runs.ts';
import type { Words } from './outcomes.ts';

export const RUN_STATUS_WORDS: Readonly<Record<RunStatus, Words>> = {
  queued: { label: 'Queued', meaning: 'Asked for, not begun', tone: 'unknown', icon: 'clock' },
  running: { label: 'Running', meaning: 'At work', tone: 'accent', icon: 'run' },
  cancelling: { label: 'Stopping', meaning: 'Finishing what is in hand', tone: 'medium', icon: 'stop' },
  done: { label: 'Done', meaning: 'Every image was looked at', tone: 'good', icon: 'check' },
  failed: { label: 'Failed', meaning: 'It did not come about as a whole', tone: 'critical', icon: 'error' },
  interrupted: { label: 'Interrupted', meaning: 'Stopped or died before its end', tone: 'high', icon: 'warning' },
  cancelled: { label: 'Stopped', meaning: 'Stopped by a user', tone: 'unknown', icon: 'stop' },
};

export const TRIGGER_WORDS: Readonly<Record<RunTrigger, string>> = {
  command: 'Command line',
  manual: 'Asked for',
  schedule: 'Schedule',
  'catch-up': 'Missed schedule',
  webhook: 'Registry event',
  database: 'New database',
};

/** A run that may still change. */
export function isLive(status: RunStatus): boolean {
  return status === 'queued' || status === 'running' || status === 'cancelling';
}
