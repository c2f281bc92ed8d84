import { describe, expect, it } from 'vitest';
import { makeIndex } from '../../test/support/images.ts';
import { sha256 } from '../core/digest.ts';
import { formatPlatform, isAttestation, parsePlatform, selectPlatform } from './image.ts';
import { MEDIA_TYPES, type Platform } from './model.ts';

function indexOf(...platforms: (Platform | undefined)[]) {
  return makeIndex(
    platforms.map((platform, at) => ({
      mediaType: MEDIA_TYPES.ociManifest,
      digest: sha256(`${at}`),
      size: 1,
      ...(platform === undefined ? {} : { platform }),
    })),
  );
}

describe('selectPlatform', () => {
  const arm = (variant?: string): Platform => ({
    os: 'linux',
    architecture: 'arm',
    ...(variant === undefined ? {} : { variant }),
  });
  const index = indexOf(
    { os: 'unknown', architecture: 'unknown' },
    undefined,
    { os: 'linux', architecture: 'amd64' },
    arm('v5'),
    arm('v7'),
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
    { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763.1' },
    { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.2' },
  );
  const at = (platform: Platform) => index.index.manifests.indexOf(selectPlatform(index, platform));

  it.each([
    ['linux/amd64', 2],
    ['linux/amd64/v1', 2],
    ['linux/arm', 4],
    ['linux/arm/v5', 3],
    ['linux/arm64', 5],
    ['linux/arm64/v8', 5],
    ['windows/amd64', 6],
  ])('%s', (text, expected) => {
    expect(at(parsePlatform(text))).toBe(expected);
  });

  it('compares os.version only when it is asked for', () => {
    expect(at({ os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.2' })).toBe(7);
  });

  it('never chooses another variant or an attestation', () => {
    expect(() => at(arm('v6'))).toThrow(/no image for linux\/arm\/v6; it has/);
    expect(() => at({ os: 'linux', architecture: 'amd64', variant: 'v3' })).toThrow(/no image/);
    expect(() => at({ os: 'unknown', architecture: 'unknown' })).toThrow(/no image/);
    expect(index.index.manifests.filter(isAttestation).length).toBe(1);
  });
});

describe('parsePlatform', () => {
  it('reads back what formatPlatform writes, and refuses the rest', () => {
    for (const text of ['linux/amd64', 'linux/arm/v7']) expect(formatPlatform(parsePlatform(text))).toBe(text);
    for (const text of ['', 'linux', 'linux/', '/amd64', 'linux/arm/', 'a/b/c/d', 'linux/AMD 64']) {
      expect(() => parsePlatform(text), text).toThrow(/not a platform/);
    }
  });
});
