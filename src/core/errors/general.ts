import type { ErrorTable } from './exit.ts';

export const GENERAL_ERRORS = {
  USAGE: { exit: 'usage', summary: 'The command line is not valid.', fix: 'See `suture COMMAND --help`.' },
  CONFIGURATION: {
    exit: 'usage',
    summary: 'A configuration file or environment variable is not valid.',
    fix: 'Correct the field that the message names.',
  },
  LIMIT_EXCEEDED: {
    exit: 'failed',
    summary: 'Outside data is larger than its limit.',
    fix: 'Check where the data comes from; a limit this high is not reached by real images or repositories.',
  },
  INVALID_DATA: {
    exit: 'failed',
    summary: 'Outside data does not have the shape its format requires.',
    fix: 'Check where the data comes from; it may be truncated or not what its name says.',
  },
  FILE_UNREADABLE: {
    exit: 'failed',
    summary: 'A local file cannot be read.',
    fix: 'Check that the path exists and that this user may read it.',
  },
  FILE_UNWRITABLE: {
    exit: 'failed',
    summary: 'A local file cannot be written.',
    fix: 'Check free space and the rights of the directory.',
  },
  INTERRUPTED: {
    exit: 'failed',
    summary: 'The operation was interrupted.',
    fix: 'Run the command again; it is safe to repeat.',
  },
} as const satisfies ErrorTable;
