import { gunzipSync } from 'node:zlib';
import { type ByteString, byteStringToBytes, compareBytes } from '../../../core/bytes.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { ForkedTree } from '../../../oci/tree/types.ts';
import type { ApkDatabase } from '../read-database.ts';
import type { InstalledApk } from '../types.ts';
import { applyOwner, DEFAULT_DIRECTORY, Directories } from './directories.ts';
import { type FileRecord, formatStanza, headerOf, type PackageState, pathOf } from './packages.ts';
import { readProtectedPaths } from './protected-paths.ts';
import { saveScripts } from './save-scripts.ts';
import { readStoredScripts } from './scripts-archive.ts';

/** apk's whole memory of an image while packages are applied: records, owners of files, directories, scripts, triggers. */
export class ApkState {
  readonly tree: ForkedTree;
  readonly database: ApkDatabase;
  readonly directories: Directories;
  /** In the order of the file; new records come last. */
  readonly packages: PackageState[] = [];
  /** Packages with triggers in the order of the triggers file. */
  readonly triggered: PackageState[] = [];
  /** By path relative to the root. */
  readonly files = new Map<ByteString, FileRecord>();
  readonly sourceDate: number;

  constructor(tree: ForkedTree, database: ApkDatabase, sourceDate: number) {
    this.tree = tree;
    this.database = database;
    this.sourceDate = sourceDate;
    this.directories = new Directories(readProtectedPaths(tree));
    for (const record of database.packages) this.packages.push(this.#load(record));
    this.#loadTriggers();
    this.#loadScripts();
  }

  #load(record: InstalledApk): PackageState {
    const state: PackageState = {
      name: record.name,
      version: record.version,
      identity: record.identity,
      origin: record.origin,
      buildTime: record.buildTime,
      header: headerOf(record),
      replaces: record.replaces,
      replacesPriority: Number(record.fields.find(({ letter }) => letter === 'q')?.value ?? 0),
      directories: new Map(),
      scripts: new Map(),
      triggers: [],
      isNew: false,
      verbatim: record.lines,
    };
    for (const { path, acl, files } of record.directories) {
      const directory = { state: this.directories.reference(path), acl, files: new Set<FileRecord>() };
      state.directories.set(path, directory);
      applyOwner(directory.state, acl ?? DEFAULT_DIRECTORY);
      for (const { name, acl: fileAcl, checksum } of files) {
        const file: FileRecord = { name, owner: state, directory, acl: fileAcl, checksum };
        directory.files.add(file);
        this.files.set(pathOf(file), file);
      }
    }
    return state;
  }

  #loadTriggers(): void {
    const byIdentity = new Map(this.packages.map((state) => [state.identity, state]));
    const text = this.tree.readText(`${this.database.directory}/triggers`, LIMITS.packageControl) ?? '';
    for (const line of text.split('\n')) {
      const [identity = '', ...patterns] = line.split(' ').filter((word) => word !== '');
      const state = byIdentity.get(identity);
      if (state === undefined || patterns.length === 0) continue;
      state.triggers = [...state.triggers, ...patterns];
      if (!this.triggered.includes(state)) this.triggered.push(state);
    }
  }

  #loadScripts(): void {
    const { scriptsFile } = this.database.dialect;
    const path = `${this.database.directory}/${scriptsFile}`;
    if (this.tree.stat(path)?.type !== 'file') return;
    const bytes = this.tree.readFile(path, LIMITS.packageControl);
    const limit = { maxOutputLength: LIMITS.packageControl };
    const archive = scriptsFile === 'scripts.tar.gz' ? gunzipSync(bytes, limit) : bytes;
    const byIdentity = new Map(this.packages.map((state) => [state.identity, state]));
    for (const { identity, type, content } of readStoredScripts(archive, path)) {
      byIdentity.get(identity)?.scripts.set(type, content);
    }
  }

  /** Takes a record out of the lists; its files and directories were given up before. */
  forget(state: PackageState): void {
    remove(this.packages, state);
    remove(this.triggered, state);
  }

  /** Takes a file away from its record, so that another package can have it. */
  disown(file: FileRecord): void {
    file.directory.files.delete(file);
    file.owner.verbatim = undefined;
    this.files.delete(pathOf(file));
  }

  /** Writes installed, scripts and triggers as the image's apk would. */
  save(): void {
    const { dialect } = this.database;
    const sorted = [...this.packages].sort((a, b) => compareBytes(a.name, b.name));
    const records = dialect.installed === 'sorted' ? sorted : this.packages;
    this.write(
      'installed',
      byteStringToBytes(records.map((state) => `${formatStanza(state, dialect.isVersion3).join('\n')}\n\n`).join('')),
    );
    saveScripts(this, dialect.isVersion3 ? sorted : this.packages);
    const triggered = dialect.isVersion3 ? sorted.filter(({ triggers }) => triggers.length > 0) : this.triggered;
    this.write(
      'triggers',
      byteStringToBytes(triggered.map(({ identity, triggers }) => `${[identity, ...triggers].join(' ')}\n`).join('')),
    );
  }

  write(name: string, content: Uint8Array): void {
    const ownership = { mode: 0o644, uid: 0, gid: 0, mtime: this.sourceDate };
    this.tree.writeFile(`${this.database.directory}/${name}`, content, ownership);
  }
}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
