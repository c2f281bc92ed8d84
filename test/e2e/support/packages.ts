import { gzipSync } from 'node:zlib';
import type { MadePackage } from './deb.ts';

/** A changelog as Debian ships it, as the text of a file. */
function changelog(source: string, entries: readonly (readonly [version: string, text: string])[]): string {
  const text = entries
    .map(
      ([version, what]) =>
        `${source} (${version}) stable-security; urgency=high\n\n  * ${what}\n\n -- Example <packages@example.org>  Mon, 06 Jan 2025 10:00:00 +0000\n`,
    )
    .join('\n');
  return gzipSync(Buffer.from(text)).toString('latin1');
}

const CHANGES = [
  ['1.0-1+deb1u2', 'Fix a race in greeting. CVE-2025-0003'],
  ['1.0-1+deb1u1', 'Fix two overflows. CVE-2025-0001, CVE-2025-0002'],
  ['1.0-1', 'First release'],
] as const;

function greetChanges(version: string): string {
  return changelog('greet', CHANGES.slice(CHANGES.findIndex(([other]) => other === version)));
}

/** A library, its program with a conffile and scripts: the pair that security updates change together. */
export function greet(version: string): readonly MadePackage[] {
  const patched = version !== '1.0-1';
  const library: MadePackage = {
    name: 'libgreet1',
    version,
    source: 'greet',
    fields: { 'Multi-Arch': 'same' },
    files: {
      '/usr/lib/x86_64-linux-gnu/libgreet.so.1.0': `library ${version}\n`,
      '/usr/lib/x86_64-linux-gnu/libgreet.so.1': { link: 'libgreet.so.1.0' },
      '/usr/share/doc/libgreet1/changelog.Debian.gz': greetChanges(version),
      ...(patched ? {} : { '/usr/lib/x86_64-linux-gnu/libgreet-old.so': 'gone in the next version\n' }),
    },
  };
  const program: MadePackage = {
    name: 'greet',
    version,
    fields: { Depends: `libgreet1 (= ${version})${patched ? ', greet-data' : ''}` },
    files: {
      '/usr/bin/greet': { text: `#!/bin/sh\necho "greet ${version}"\n`, mode: 0o755 },
      '/etc/greet.conf': patched ? 'greeting=hello\nsafe=yes\n' : 'greeting=hello\n',
      '/usr/share/doc/greet': { link: 'libgreet1' },
    },
    conffiles: ['/etc/greet.conf'],
    control: {
      postinst: `#!/bin/sh\nset -e\nif [ "$1" = configure ]; then\n  mkdir -p /var/lib/greet\n  echo "${version}" > /var/lib/greet/version\nfi\nexit 0\n`,
      prerm: '#!/bin/sh\nset -e\nexit 0\n',
    },
  };
  return [library, program];
}

/** Needed by the patched greet only, so that a patch installs something new. */
export const GREET_DATA: MadePackage = {
  name: 'greet-data',
  version: '1.0-1+deb1u1',
  architecture: 'all',
  source: 'greet',
  files: { '/usr/share/greet/words': 'hello\n', '/usr/share/doc/greet-data': { link: 'libgreet1' } },
};

/** No security suite offers it newer; `--scope all` does. */
export function notes(version: string): MadePackage {
  return { name: 'notes', version, architecture: 'all', files: { '/usr/share/notes/text': `notes ${version}\n` } };
}

/** Its newer version has a script that cannot be evaluated without running it. */
export function daemon(version: string): MadePackage {
  return {
    name: 'frobd',
    version,
    files: { '/usr/sbin/frobd': { text: `frobd ${version}\n`, mode: 0o755 } },
    control: { postinst: '#!/bin/sh\nset -e\n/usr/sbin/frobd --initialise --seed "$(head -c 8 /dev/urandom)"\n' },
  };
}

export const BASE_FILES: MadePackage = {
  name: 'base-files',
  version: '12',
  fields: { Essential: 'yes' },
  files: {
    '/etc/debian_version': '12.5\n',
    '/etc/os-release': { link: '../usr/lib/os-release' },
    '/usr/lib/os-release':
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
    '/tmp': { directory: 0o1777 },
    '/root': { directory: 0o700 },
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
    '/etc/group': 'root:x:0:\n',
    // The shell and the commands that scripts here call: only their being there counts, nothing of an image is run.
    '/bin': { link: 'usr/bin' },
    '/usr/bin/sh': { link: 'dash' },
    '/usr/bin/dash': { text: 'dash', mode: 0o755 },
    '/usr/bin/mkdir': { text: 'mkdir', mode: 0o755 },
    '/usr/bin/head': { text: 'head', mode: 0o755 },
    '/usr/local/bin': { directory: 0o755 },
    '/usr/local/sbin': { directory: 0o755 },
    '/usr/sbin': { directory: 0o755 },
  },
};
