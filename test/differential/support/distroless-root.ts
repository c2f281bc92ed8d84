import type { MutableTree, Ownership } from '../../../src/oci/tree/types.ts';

const ADMIN = '/var/lib/dpkg';
const RECORD: Ownership = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };

/** What builders of distroless images leave out. The certificates are only there as one bundle. */
const LEFT_OUT = [
  '/usr/share/doc',
  '/usr/share/man',
  '/usr/share/locale',
  '/usr/share/ca-certificates',
  '/etc/ssl/certs',
];
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes of an ordinary root one without dpkg: a record of each package with its md5sums in status.d, named and written as
 * distroless does it (no `Status`), and nothing else of dpkg's database.
 */
export function makeDistroless(tree: MutableTree): void {
  const status = tree.readText(`${ADMIN}/status`) ?? '';
  const records = status.split('\n\n').filter((stanza) => stanza.trim() !== '');
  const sums = new Map<string, string>();
  for (const stanza of records) {
    const name = field(stanza, 'Package');
    const path = `${ADMIN}/info/${name}`;
    sums.set(
      name,
      tree.readText(`${path}.md5sums`) ?? tree.readText(`${path}:${field(stanza, 'Architecture')}.md5sums`) ?? '',
    );
  }
  const bundle = tree.readFile(BUNDLE);
  for (const path of [ADMIN, ...LEFT_OUT]) tree.removeAll(path);
  const directory = { ...RECORD, mode: 0o755 };
  for (const path of [ADMIN, `${ADMIN}/status.d`, '/etc/ssl/certs']) tree.mkdir(path, directory);
  tree.writeFile(BUNDLE, bundle, RECORD);
  for (const stanza of records) {
    const path = `${ADMIN}/status.d/${field(stanza, 'Package')}`;
    // Conffiles are no field of a package either.
    const fields = stanza
      .trim()
      .replace(/^Status: .*\n/m, '')
      .replace(/^Conffiles:\n(?: .*\n?)*/m, '');
    tree.writeFile(path, Buffer.from(`${fields.trimEnd()}\n`, 'latin1'), RECORD);
    tree.writeFile(`${path}.md5sums`, Buffer.from(sums.get(field(stanza, 'Package')) ?? '', 'latin1'), RECORD);
  }
}

function field(stanza: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
}
