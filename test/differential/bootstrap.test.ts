import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineDebianSources, treeOfSources } from '../../src/cli/demo/sources.ts';
import { systemClock } from '../../src/core/ports.ts';
import { silent } from '../../src/core/progress.ts';
import { createHttpClient } from '../../src/net/client.ts';
import { layerEntries } from '../../src/oci/layer/layer-entries.ts';
import { writeTar } from '../../src/oci/tar/write.ts';
import { bootstrapRoot } from '../../src/packages/deb/bootstrap/bootstrap.ts';
import { openDebRepositories } from '../../src/packages/deb/repository/open-repositories.ts';
import { runInRoot } from './support/chroot.ts';
import { missingRequirement } from './support/requirements.ts';
import { unpackInto } from './support/tar-tree.ts';

const missing = await missingRequirement('bookworm');

describe.skipIf(missing !== undefined)(
  `a root built from nothing${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'suture-bootstrap-'));
    const root = join(directory, 'root');

    beforeAll(async () => {
      const sources = machineDebianSources();
      const http = createHttpClient({ environment: process.env });
      const access = { http, cacheDirectory: join(directory, 'cache'), clock: systemClock, progress: silent };
      const repositories = await openDebRepositories(
        treeOfSources([sources.release]),
        { architecture: 'amd64', foreignArchitectures: [] },
        access,
      );
      const built = await bootstrapRoot(repositories, {
        architecture: 'amd64',
        packages: ['nginx', 'curl', 'openssl', 'ca-certificates', 'perl'],
        sourceDate: 1_700_000_000,
        cacheDirectory: access.cacheDirectory,
        progress: silent,
      });
      const tar = join(directory, 'root.tar');
      await pipeline(
        Readable.from(writeTar(layerEntries(built.tree, { sourceDate: 1_700_000_000 }))),
        createWriteStream(tar),
      );
      built.close();
      await http.close();
      mkdirSync(root);
      unpackInto(tar, root);
    }, 300_000);

    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    it('is complete for dpkg and apt', () => {
      expect(runInRoot(root, 'dpkg --audit')).toBe('');
      expect(runInRoot(root, "dpkg-query -W -f '${db:Status-Abbrev}\\n' | sort -u").trim()).toBe('ii');
      expect(runInRoot(root, 'dpkg --verify')).toBe('');
      expect(() => runInRoot(root, 'apt-get check')).not.toThrow();
    });

    it('has programs that run and certificates that verify', () => {
      expect(runInRoot(root, 'nginx -v 2>&1')).toMatch(/^nginx version/);
      expect(runInRoot(root, 'curl --version')).toMatch(/^curl /);
      expect(runInRoot(root, 'perl -e \'print "ok"\'')).toBe('ok');
      expect(runInRoot(root, 'awk \'BEGIN { print "ok" }\'').trim()).toBe('ok');
      expect(
        Number(
          runInRoot(
            root,
            'openssl storeutl -noout -certs /etc/ssl/certs/ca-certificates.crt | grep -c Certificate || true',
          ),
        ),
      ).toBeGreaterThan(100);
    });
  },
);
