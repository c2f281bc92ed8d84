import { describe, expect, it } from 'vitest';
import { listenAddress, positiveNumber, redirect, severities, words } from './parse.ts';

const usage: unknown = expect.objectContaining({ code: 'USAGE' });

describe('option values', () => {
  it('reads addresses to listen on', () => {
    expect(listenAddress('127.0.0.1:5000')).toEqual({ host: '127.0.0.1', port: 5000 });
    expect(listenAddress('[::1]:0')).toEqual({ host: '::1', port: 0 });
    expect(listenAddress(':80')).toEqual({ host: '0.0.0.0', port: 80 });
    for (const bad of ['5000', '::1:5000', 'host:', 'host:65536', 'host:-1', '[::1]'])
      expect(() => listenAddress(bad)).toThrow(usage);
  });

  it('reads severities in any case', () => {
    expect(severities('high, Critical')).toEqual(['HIGH', 'CRITICAL']);
    expect(severities(undefined)).toBeUndefined();
    for (const bad of ['', 'HIGH,', 'SEVERE']) expect(() => severities(bad)).toThrow(usage);
  });

  it('reads lists that are repeated, divided by commas, or both', () => {
    expect(words(['a,b', ' c '])).toEqual(['a', 'b', 'c']);
    expect(words('a,,b')).toEqual(['a', 'b']);
    expect([words(undefined), words(true), words('')]).toEqual([[], [], []]);
  });

  it('reads redirects', () => {
    expect(redirect('deb.example.org=/srv/m')).toEqual({ from: 'deb.example.org', to: '/srv/m' });
    expect(redirect('a=https://b.example.org/?x=y')).toEqual({ from: 'a', to: 'https://b.example.org/?x=y' });
    for (const bad of ['a', '=b', 'a=']) expect(() => redirect(bad)).toThrow(usage);
  });

  it('reads numbers above zero', () => {
    expect([positiveNumber('n', '1.5'), positiveNumber('n', 60)]).toEqual([1.5, 60]);
    for (const bad of ['0', '-1', 'x', '', 'Infinity']) expect(() => positiveNumber('n', bad)).toThrow(usage);
  });
});
