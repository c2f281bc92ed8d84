import type { ByteString } from '../../../core/bytes.ts';
import { compareBytes } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { parseParagraphs } from '../control/paragraphs.ts';
import { recordFromStatus } from '../records/record.ts';
import type { DebDatabase, InstalledDeb, Paragraph } from '../types.ts';
import { ADMIN, lines } from './admin-file.ts';

const STATUS = `${ADMIN}/status`;
const STATUS_DIRECTORY = `${ADMIN}/status.d`;

/** States in which a package's files are complete and configured, or only wait for triggers. */
const INSTALLED: ReadonlySet<string> = new Set(['installed', 'triggers-pending', 'triggers-awaited']);

/** True when the image has a dpkg database of either layout, readable or not. */
export function hasDebDatabase(tree: VirtualTree): boolean {
  return (tree.stat(STATUS)?.size ?? 0) > 0 || statusFiles(tree).length > 0;
}

/**
 * Reads dpkg's database (`status` with the journal in `updates`) or that of a distroless image (`status.d`).
 * @throws SutureError DATABASE_UNREADABLE when it is missing, empty, damaged or ambiguous, with the reason.
 */
export function readDebDatabase(tree: VirtualTree): DebDatabase {
  const status = tree.readText(STATUS) ?? '';
  const files = statusFiles(tree);
  if (status.trim() !== '' && files.length > 0) {
    throw new SutureError(
      'DATABASE_UNREADABLE',
      `the image has two package databases: ${STATUS} and ${STATUS_DIRECTORY}`,
    );
  }
  const layout = files.length > 0 ? 'status.d' : 'status';
  const records = files.length > 0 ? readStatusDirectory(tree, files) : readStatus(tree, status);
  if (records.length === 0) {
    const reason =
      tree.stat(STATUS) === undefined ? `has neither ${STATUS} nor ${STATUS_DIRECTORY}` : `has an empty ${STATUS}`;
    throw new SutureError('DATABASE_UNREADABLE', `the image ${reason}`);
  }
  const packages = records.filter((record) => INSTALLED.has(record.state));
  const architecture = nativeArchitecture(packages);
  const foreignArchitectures = lines(tree.readText(`${ADMIN}/arch`))
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== architecture);
  return { layout, packages, records, architecture, foreignArchitectures };
}

function readStatus(tree: VirtualTree, status: ByteString): readonly InstalledDeb[] {
  const records = new Map<string, InstalledDeb>();
  const add = (paragraph: Paragraph, what: string): void => {
    const record = recordFromStatus(paragraph, what);
    // A later record of the same package replaces the earlier one, as when dpkg reads its database.
    records.delete(`${record.name}:${record.architecture}`);
    records.set(`${record.name}:${record.architecture}`, record);
  };
  for (const paragraph of parseDatabase(status, STATUS)) add(paragraph, STATUS);
  // Changes of an interrupted dpkg run that are not yet in the status file.
  for (const name of tree.readdir(`${ADMIN}/updates`)) {
    if (!/^[0-9]+$/.test(name)) continue;
    const file = `${ADMIN}/updates/${name}`;
    for (const paragraph of parseDatabase(tree.readText(file) ?? '', file)) add(paragraph, file);
  }
  return [...records.values()];
}

function parseDatabase(text: ByteString, what: string): Paragraph[] {
  return parseParagraphs(text, { what, code: 'DATABASE_UNREADABLE', lax: true, requireFinalNewline: true });
}

/** Files of status.d that hold a record: all but the `.md5sums` beside them. Older images name them in base64. */
function statusFiles(tree: VirtualTree): ByteString[] {
  return tree
    .readdir(STATUS_DIRECTORY)
    .filter((name) => !name.endsWith('.md5sums'))
    .map((name) => `${STATUS_DIRECTORY}/${name}`)
    .filter((path) => (tree.stat(path)?.size ?? 0) > 0);
}

function readStatusDirectory(tree: VirtualTree, files: readonly ByteString[]): readonly InstalledDeb[] {
  return files.map((file) => {
    const paragraphs = parseParagraphs(tree.readText(file) ?? '', {
      what: file,
      code: 'DATABASE_UNREADABLE',
      lax: true,
    });
    const [paragraph] = paragraphs;
    if (paragraph === undefined || paragraphs.length > 1) {
      throw new SutureError('DATABASE_UNREADABLE', `${file} holds ${paragraphs.length} records instead of one`);
    }
    return recordFromStatus(paragraph, file, file);
  });
}

/** Architecture of the package dpkg, else the one most packages have. */
function nativeArchitecture(packages: readonly InstalledDeb[]): string {
  const dpkg = packages.find(({ name }) => name === 'dpkg');
  if (dpkg !== undefined) return dpkg.architecture;
  const counts = new Map<string, number>();
  for (const { architecture } of packages) {
    if (architecture !== 'all' && architecture !== '') counts.set(architecture, (counts.get(architecture) ?? 0) + 1);
  }
  const ordered = [...counts].sort((a, b) => b[1] - a[1] || compareBytes(a[0], b[0]));
  return ordered[0]?.[0] ?? '';
}
