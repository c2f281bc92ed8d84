import { expect, it } from 'vitest';
import { actorOf } from './actor.ts';

it('reads who did it, and nothing where nobody is named', () => {
  expect(actorOf({ actor: { name: 'oidc jo@example.org', address: '192.0.2.1' } })).toEqual({
    name: 'oidc jo@example.org',
    address: '192.0.2.1',
  });
  expect(actorOf({ actor: { name: 'schedule' } })).toEqual({ name: 'schedule', address: '' });
  for (const data of [{}, { actor: null }, { actor: 'jo' }, { actor: { name: 1 } }])
    expect(actorOf(data)).toBeUndefined();
});
