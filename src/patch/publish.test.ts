import { describe, expect, it } from 'vitest';
import { formatImageName, parseImageName } from '../oci/image-name.ts';
import { publishTarget } from './publish.ts';

const target = (input: string, output?: string) =>
  formatImageName(publishTarget(parseImageName(input), output, 'new-tag'));

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('publishTarget', () => {
  it.each([
    ['registry.example.org/team/app:1', undefined, 'registry.example.org/team/app:new-tag'],
    [`registry.example.org/team/app@${DIGEST}`, undefined, 'registry.example.org/team/app:new-tag'],
    ['oci:/srv/layout:1', undefined, 'oci:/srv/layout:new-tag'],
    ['oci:/srv/layout', undefined, 'oci:/srv/layout:new-tag'],
    ['oci:/srv/layout', 'registry.example.org/other', 'registry.example.org/other:new-tag'],
    ['oci:/srv/layout', 'registry.example.org/other:mine', 'registry.example.org/other:mine'],
    ['docker-archive:in.tar', 'oci:/srv/out', 'oci:/srv/out:new-tag'],
    ['docker-archive:in.tar', 'docker-archive:out.tar', 'docker-archive:out.tar'],
  ])('%s to %s is %s', (input, output, expected) => {
    expect(target(input, output)).toBe(expected);
  });

  it('needs a place for what came from an archive, and a tag rather than a digest', () => {
    const usage: unknown = expect.objectContaining({ code: 'USAGE' });
    expect(() => target('docker-archive:in.tar')).toThrow(usage);
    expect(() => target('oci:/srv/layout', `registry.example.org/app@${DIGEST}`)).toThrow(usage);
    expect(() => target('oci:/srv/layout', `oci:/srv/out@${DIGEST}`)).toThrow(usage);
  });
});
