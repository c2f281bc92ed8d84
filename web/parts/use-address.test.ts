import { expect, it } from 'vitest';
import { changed } from './use-address.ts';

const after = (before: string, changes: Record<string, string | undefined>) =>
  changed(new URLSearchParams(before), changes).toString();

it('starts a list anew when its filter changes', () => {
  expect(after('q=api&page=3&cursor=x', { team: 'shop' })).toBe('q=api&team=shop');
  expect(after('q=api&page=3&cursor=x', { q: '' })).toBe('');
});

it('keeps the filters when the page or the tab changes', () => {
  expect(after('q=api', { page: '2', cursor: 'b' })).toBe('q=api&page=2&cursor=b');
  expect(after('q=api&page=2&cursor=b', { page: undefined, cursor: '' })).toBe('q=api');
  expect(after('q=api', { tab: 'plan' })).toBe('q=api&tab=plan');
});
