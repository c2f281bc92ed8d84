import { describe, expect, it } from 'vitest';
import { newWaiver } from '../../../src/service/api/contract/waivers.ts';
import { draftErrors, newDraft, toWaiver } from './waiver-draft.ts';

const NOW = Date.parse('2026-11-20T16:00:00.000Z');
const complete = newDraft(
  { vulnerability: ' CVE-2026-1 ', image: 'registry.example.org/**', owner: 'jo', ticket: 'SEC-1', reason: 'no input' },
  NOW,
);

describe('a draft of a waiver', () => {
  it('names every field that is missing', () => {
    expect(Object.keys(draftErrors(newDraft({}, NOW), NOW))).toEqual([
      'vulnerability',
      'image',
      'owner',
      'ticket',
      'reason',
    ]);
    expect(draftErrors(complete, NOW)).toEqual({});
  });

  it('has an end, which is not over', () => {
    expect(draftErrors({ ...complete, lastDay: '' }, NOW).lastDay).toContain('no waiver without an end');
    expect(draftErrors({ ...complete, lastDay: '2026-02-31x' }, NOW).lastDay).toBeDefined();
    expect(draftErrors({ ...complete, lastDay: '2026-11-19' }, NOW).lastDay).toBe('This day is over.');
    expect(draftErrors({ ...complete, lastDay: '2026-11-20' }, NOW)).toEqual({});
  });

  it('becomes what the service takes', () => {
    const waiver = toWaiver(complete);
    expect(newWaiver.parse(waiver)).toEqual(waiver);
    expect(waiver).toMatchObject({ vulnerability: 'CVE-2026-1', expiresAt: '2026-12-20T23:59:59.000Z' });
    expect('package' in waiver).toBe(false);
    expect(toWaiver({ ...complete, package: ' libc6 ' }).package).toBe('libc6');
  });
});
