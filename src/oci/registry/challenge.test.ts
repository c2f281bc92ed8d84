import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';

it.each([
  ['Basic realm="x"', [['basic', { realm: 'x' }]]],
  [
    'Bearer realm="https://auth.example.org/token",service="registry",scope="repository:a:pull,push"',
    [['bearer', { realm: 'https://auth.example.org/token', service: 'registry', scope: 'repository:a:pull,push' }]],
  ],
  [
    'Negotiate, Basic realm="a, b=\\"c\\""',
    [
      ['negotiate', {}],
      ['basic', { realm: 'a, b="c"' }],
    ],
  ],
  [
    'BEARER Realm = x , error=insufficient_scope, Basic realm=y',
    [
      ['bearer', { realm: 'x', error: 'insufficient_scope' }],
      ['basic', { realm: 'y' }],
    ],
  ],
  ['Bearer realm="unclosed', [['bearer', { realm: '' }]]],
  ['', []],
])('%s', (header, expected) => {
  expect(parseChallenges(header).map((each) => [each.scheme, { ...each.parameters }])).toEqual(expected);
});

it('always ends and never throws', () => {
  const pieces = fc.constantFrom('Bearer', 'Basic', ' ', ',', '=', '"', '\\', 'realm', 'x', 'é', '\t');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      expect(parseChallenges(parts.join('')).length).toBeLessThanOrEqual(parts.length);
    }),
  );
});
