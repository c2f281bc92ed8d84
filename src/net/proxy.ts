import { BlockList, isIP } from 'node:net';
import { SutureError } from '../core/errors/error.ts';
import type { Environment } from '../core/ports.ts';

/**
 * The proxy for a request, or undefined for a direct connection. HTTPS_PROXY serves https, HTTP_PROXY http, ALL_PROXY both;
 * the lower-case name wins, as in curl. Loopback goes through a proxy only if NO_PROXY is silent and the variable is set:
 * like Go's, `localhost` and loopback addresses are always direct.
 * @throws SutureError CONFIGURATION when the variable is not an http(s) URL
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
  const name = [...names, 'all_proxy', 'ALL_PROXY'].find((candidate) => environment[candidate]);
  const value = name === undefined ? undefined : environment[name];
  if (name === undefined || value === undefined) return undefined;
  if (isLoopbackHost(url.hostname)) return undefined;
  if (noProxyMatches(url, environment['no_proxy'] || environment['NO_PROXY'] || '')) return undefined;
  return parseProxy(name, value);
}

function parseProxy(name: string, value: string): URL {
  const text = value.includes('://') ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy === undefined || (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')) {
    throw new SutureError('CONFIGURATION', `${name} is not the URL of an HTTP proxy (http://host:port expected)`);
  }
  return proxy;
}

/** `localhost`, names below it, 127.0.0.0/8 and ::1. */
export function isLoopbackHost(hostname: string): boolean {
  const host = bareHost(hostname);
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/**
 * Whether NO_PROXY names the host of `url`. Entries are separated by commas or spaces: `*`; a domain (`example.org`,
 * `.example.org` and `*.example.org`: the first covers itself and names below, the others only names below); an address; a
 * network in CIDR notation; each of the non-CIDR ones with an optional `:port`.
 */
export function noProxyMatches(url: URL, noProxy: string): boolean {
  const host = bareHost(url.hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entryMatches(entry.toLowerCase(), host, port));
}

function entryMatches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return networkContains(entry, host);
  const { name, port: wantedPort } = splitPort(entry);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (isIP(name) !== 0 || isIP(host) !== 0) return sameAddress(name, host);
  if (name.startsWith('*.')) return host.endsWith(name.slice(1));
  if (name.startsWith('.')) return host.endsWith(name);
  return host === name || host.endsWith(`.${name}`);
}

function splitPort(entry: string): { name: string; port?: string } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry);
  const plain = /^([^:]+):(\d+)$/.exec(entry);
  const match = bracketed ?? plain;
  const name = match?.[1] ?? entry;
  return { name: name.replace(/\.$/, ''), ...(match?.[2] === undefined ? {} : { port: match[2] }) };
}

function sameAddress(a: string, b: string): boolean {
  const family = isIP(a);
  if (family === 0 || family !== isIP(b)) return false;
  const list = new BlockList();
  list.addAddress(a, family === 6 ? 'ipv6' : 'ipv4');
  return list.check(b, family === 6 ? 'ipv6' : 'ipv4');
}

function networkContains(entry: string, host: string): boolean {
  const match = /^\[?([0-9a-f:.]+)\]?\/(\d{1,3})$/.exec(entry);
  const network = match?.[1] ?? '';
  const prefix = Number(match?.[2]);
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || prefix > (family === 6 ? 128 : 32)) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, prefix, type);
  return list.check(host, type);
}

/** Lower case, without the brackets of an IPv6 literal and without a final dot. */
function bareHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
