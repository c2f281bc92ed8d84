import { expect, it } from 'vitest';
import { shortDigest, splitReference } from './reference.ts';

it.each([
  ['registry.example.org/shop/api:1.4', 'registry.example.org', 'shop/api', '1.4', ''],
  ['registry.example.org:5000/api', 'registry.example.org:5000', 'api', '', ''],
  ['localhost/api:1', 'localhost', 'api', '1', ''],
  ['library/debian:12', '', 'library/debian', '12', ''],
  ['debian', '', 'debian', '', ''],
  ['registry.example.org/a:1@sha256:0123', 'registry.example.org', 'a', '1', 'sha256:0123'],
])('splits %s', (reference, registry, repository, tag, digest) => {
  expect(splitReference(reference)).toEqual({ registry, repository, tag, digest });
});

it('shortens digests, and only those', () => {
  expect(shortDigest(`sha256:${'0123456789abcdef'.repeat(4)}`)).toBe('sha256:0123456789ab');
  expect(shortDigest('sha256:0123')).toBe('sha256:0123');
});
