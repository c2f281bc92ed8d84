import { describe, expect, it } from 'vitest';
import { isLoopbackHost, noProxyMatches, proxyFor } from './proxy.ts';

describe('noProxyMatches', () => {
  it.each([
    ['https://registry.example.org/', 'example.org', true],
    ['https://example.org/', 'example.org', true],
    ['https://example.org/', '.example.org', false],
    ['https://a.example.org/', '.example.org', true],
    ['https://a.example.org/', '*.example.org', true],
    ['https://badexample.org/', 'example.org', false],
    ['https://A.EXAMPLE.org./', 'Example.Org', true],
    ['https://example.org:5000/', 'example.org:5000', true],
    ['https://example.org/', 'example.org:5000', false],
    ['https://example.org/', 'example.org:443', true],
    ['http://example.org/', 'example.org:80', true],
    ['http://10.1.2.3/', '10.0.0.0/8', true],
    ['http://11.1.2.3/', '10.0.0.0/8', false],
    ['http://10.1.2.3:8080/', '10.1.2.3', true],
    ['http://10.1.2.3:8080/', '10.1.2.3:80', false],
    ['http://10.1.2.3/', '2.3', false],
    ['http://[fd00::1]/', 'fd00::/8', true],
    ['http://[fd00::1]/', 'fd00:0::1', true],
    ['http://[fd00::1]:81/', '[fd00::1]:81', true],
    ['http://[fe80::1]/', 'fd00::/8', false],
    ['http://example.org/', '10.0.0.0/8', false],
    ['http://10.1.2.3/', '10.0.0.0/99', false],
    ['http://example.org/', ' other.example , *', true],
    ['http://example.org/', '', false],
  ])('%s with NO_PROXY=%s: %s', (url, list, expected) => {
    expect(noProxyMatches(new URL(url), list)).toBe(expected);
  });
});

describe('proxyFor', () => {
  it('takes the variable of the scheme, lower case first, and falls back to ALL_PROXY', () => {
    const environment = { HTTP_PROXY: 'http://a:1', http_proxy: 'http://b:2', ALL_PROXY: 'c:3' };
    expect(proxyFor(new URL('http://example.org/'), environment)?.href).toBe('http://b:2/');
    expect(proxyFor(new URL('https://example.org/'), environment)?.href).toBe('http://c:3/');
    expect(proxyFor(new URL('https://example.org/'), {})).toBeUndefined();
    expect(proxyFor(new URL('https://example.org/'), { https_proxy: '' })).toBeUndefined();
  });

  it('honours NO_PROXY in both cases and leaves loopback alone', () => {
    const proxy = { HTTP_PROXY: 'http://a:1' };
    expect(proxyFor(new URL('http://10.0.0.1/'), { ...proxy, NO_PROXY: '10.0.0.0/8' })).toBeUndefined();
    expect(proxyFor(new URL('http://10.0.0.1/'), { ...proxy, no_proxy: '10.0.0.0/8' })).toBeUndefined();
    expect(proxyFor(new URL('http://127.0.0.1:5000/'), proxy)).toBeUndefined();
    expect(isLoopbackHost('127.0.0.1.example.org')).toBe(false);
    expect(isLoopbackHost('[::1]')).toBe(true);
  });

  it('refuses what is no HTTP proxy', () => {
    expect(() => proxyFor(new URL('http://example.org/'), { http_proxy: 'socks5://a:1' })).toThrow(/http_proxy/);
  });
});
