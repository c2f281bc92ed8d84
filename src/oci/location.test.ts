import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeImage, withDirectory } from '../../test/support/images.ts';
import { writeImage } from './copy.ts';
import { loadImageOrIndex } from './image.ts';
import { parseImageName } from './image-name.ts';
import { openLayout } from './layout/layout.ts';
import { mountableFrom, openLocation, openSink } from './location.ts';
import type { Reference } from './reference.ts';

const DIGEST = `sha256:${'1'.repeat(64)}` as const;

describe('openLocation and openSink', () => {
  it('open registries through the context, with the name that is asked for', async () => {
    await withDirectory(async (directory) => {
      // A layout stands in for the registry: both are ImageSource and ImageSink.
      const layout = await openLayout(directory, { create: true });
      const asked: Reference[] = [];
      const context = {
        openRegistry: (reference: Reference) => {
          asked.push(reference);
          return layout;
        },
      };
      const targets = ['r.example.org/a:1', 'r.example.org/a', `r.example.org/a:1@${DIGEST}`];
      expect((await openLocation(targets[0] ?? '', context)).target).toBe('1');
      expect((await openLocation(targets[1] ?? '', context)).target).toBe('latest');
      expect((await openLocation(targets[2] ?? '', context)).target).toBe(DIGEST);
      expect((await openSink('r.example.org/a', context)).tag).toBe('latest');
      expect((await openSink(`r.example.org/a@${DIGEST}`, context)).tag).toBeUndefined();
      expect(asked.map((reference) => reference.repository)).toEqual(['a', 'a', 'a', 'a', 'a']);
    });
  });

  it('open layouts and archives, by tag or the only image', async () => {
    await withDirectory(async (directory) => {
      const context = { openRegistry: () => Promise.reject(new Error('not asked')) };
      const image = await makeImage();
      for (const place of [`oci:${directory}/l`, `docker-archive:${join(directory, 'a.tar')}`]) {
        await expect(openLocation(place, context)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
        const { sink, tag, close } = await openSink(`${place}:app`, context);
        await writeImage(image, sink, tag === undefined ? {} : { tag });
        await close();
        for (const name of [place, `${place}:app`]) {
          const location = await openLocation(name, context);
          const loaded = await loadImageOrIndex(location.source, location.target);
          expect(loaded.descriptor.digest).toBe(image.descriptor.digest);
          await location.close();
        }
      }
    });
  });
});

describe('mountableFrom', () => {
  it('is a repository of the same registry', () => {
    const from = (a: string, b: string) => mountableFrom(parseImageName(a), parseImageName(b));
    expect(from('debian:12', 'team/app')).toBe('library/debian');
    expect(from('debian:12', 'debian:13')).toBeUndefined();
    expect(from('debian:12', 'r.example.org/debian')).toBeUndefined();
    expect(from('oci:a', 'oci:b')).toBeUndefined();
  });
});
