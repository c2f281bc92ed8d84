import { expect, it } from 'vitest';
import { PageTrail } from './page-trail.ts';

it('knows the way back through the pages of a list, and of no other', () => {
  const trail = new PageTrail();
  trail.remember('late images', 1, '');
  trail.remember('late images', 2, 'b');
  trail.remember('late images', 3, 'c');
  expect(trail.before('late images', 3)).toBe('b');
  expect(trail.before('late images', 2)).toBe('');
  expect(trail.before('all images', 3)).toBeUndefined();
  trail.remember('all images', 3, 'z');
  expect(trail.before('late images', 3)).toBeUndefined();
});

it('always knows the first page, and nothing of a page that a link opened', () => {
  const trail = new PageTrail();
  expect(trail.before('images', 2)).toBe('');
  expect(trail.before('images', 7)).toBeUndefined();
});
