import { type ByteString, byteStringToBytes, compareBytes } from '../../../core/bytes.ts';
import { SutureError } from '../../../core/errors/error.ts';
import type { ForkedTree } from '../../../oci/tree/types.ts';
import type { NotNative } from '../../family.ts';
import { ADMIN } from '../database/admin-file.ts';
import { InfoDirectory, infoName } from '../database/info.ts';
import { formatStatusRecord } from '../records/format-status.ts';
import type { DebArchive, DebDatabase, InstalledDeb } from '../types.ts';
import { FileOwners, type PackageKey } from './file-owners.ts';
import { controlText, type MaintainerScript, runMaintainerScript, type ScriptEnvironment } from './scripts.ts';
import { explicitlyInterested, readFileInterests } from './trigger-interests.ts';
import { TriggerQueue } from './trigger-queue.ts';

/** Where dpkg keeps the control files of the package that it is unpacking. */
const INCOMING = `${ADMIN}/tmp.ci/`;

/** States in which a package hears triggers. */
const CONFIGURED: ReadonlySet<string> = new Set(['installed', 'triggers-pending', 'triggers-awaited']);

/** Which text of a maintainer script is called: the one in the image's info directory, or the new package's. */
export interface ScriptSource {
  readonly record: InstalledDeb;
  /** The new package; absent for the installed script. */
  readonly archive?: DebArchive;
}

export function keyOf(record: { readonly name: string; readonly architecture: string }): PackageKey {
  return `${record.name}:${record.architecture}`;
}

/** The state of one installation: the tree, the package records and everything dpkg would hold in memory. */
export class Installation {
  readonly tree: ForkedTree;
  readonly records: Map<PackageKey, InstalledDeb>;
  readonly owners = new FileOwners();
  readonly triggers = new TriggerQueue();
  readonly blockers: NotNative[] = [];
  /** Packages that another one broke; each is configured again, in its new version. */
  readonly deconfigured = new Set<PackageKey>();
  readonly notes: { readonly package: string; readonly message: string }[] = [];
  readonly environment: ScriptEnvironment;
  readonly sourceDate: number;
  readonly architecture: string;
  readonly #texts = new WeakMap<InstalledDeb, ByteString>();
  /** Triggers that scripts activated and that nobody heard yet (triggers/Unincorp). */
  #unincorporated: ByteString[] = [];
  #fileInterests: ReadonlyMap<ByteString, readonly string[]> | undefined;
  #statusIsStale = false;

  constructor(tree: ForkedTree, database: DebDatabase, environment: ScriptEnvironment) {
    this.tree = tree;
    this.environment = environment;
    this.sourceDate = environment.sourceDate;
    this.architecture = database.architecture;
    this.records = new Map(database.records.map((record) => [keyOf(record), record]));
    const info = new InfoDirectory(tree);
    for (const record of database.records) {
      if (record.state !== 'not-installed') this.owners.setList(keyOf(record), info.list(record) ?? []);
    }
  }

  info(): InfoDirectory {
    return new InfoDirectory(this.tree);
  }

  setRecord(record: InstalledDeb): void {
    this.records.set(keyOf(record), record);
    this.#statusIsStale = true;
  }

  note(record: { readonly name: string }, message: string): void {
    this.notes.push({ package: record.name, message });
  }

  block(record: { readonly name: string }, script: string, reason: string): void {
    this.blockers.push({ package: record.name, script, reason });
  }

  /** Writes a generated file, dated by the plan. */
  write(path: ByteString, text: ByteString): void {
    this.tree.writeFile(path, byteStringToBytes(text), { mode: 0o644, uid: 0, gid: 0, mtime: this.sourceDate });
  }

  /** Brings the status file up to date, so that scripts which ask dpkg see the present states. */
  saveStatus(): void {
    if (!this.#statusIsStale) return;
    const records = [...this.records.values()].filter((record) => record.state !== 'not-installed');
    records.sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.architecture, b.architecture));
    this.write(`${ADMIN}/status`, records.map((record) => this.#format(record)).join(''));
    this.#statusIsStale = false;
  }

  #format(record: InstalledDeb): ByteString {
    const known = this.#texts.get(record);
    if (known !== undefined) return known;
    const text = `${formatStatusRecord(record)}\n`;
    this.#texts.set(record, text);
    return text;
  }

  /**
   * Calls a maintainer script. True when there is none or it completed with status 0. A script that cannot be evaluated
   * is recorded as a blocker and taken as done, so that further ones are found.
   * @throws SutureError SCRIPT_FAILED when it ended with an error; with `fallback` that is a blocker, too.
   */
  run(source: ScriptSource, script: MaintainerScript, args: readonly ByteString[], hasFallback = false): void {
    const text = this.#scriptText(source, script);
    if (text === undefined) return;
    this.saveStatus();
    const { record, archive } = source;
    const call = {
      script,
      packageName: record.name,
      architecture: record.architecture,
      instances: this.#instances(record),
      base: archive === undefined ? `${ADMIN}/info/${infoName(record)}.` : INCOMING,
      text,
      args,
      templates: this.#control(source, 'templates'),
      config: this.#control(source, 'config'),
    };
    const outcome = runMaintainerScript(this.tree, call, this.environment);
    if (outcome.kind === 'not-native') {
      const what = script === 'postinst' && args[0] === 'triggered' ? `trigger ${args[1] ?? ''}` : script;
      this.block(record, what, `line ${outcome.line}: ${outcome.reason}`);
    } else if (outcome.exitStatus !== 0) this.#fail(record, script, args, outcome, hasFallback);
    else this.#unincorporated.push(...outcome.triggers);
  }

  #fail(
    record: InstalledDeb,
    script: MaintainerScript,
    args: readonly ByteString[],
    outcome: { readonly exitStatus: number; readonly stderr: ByteString },
    hasFallback: boolean,
  ): void {
    const message = `${script} ${args.join(' ')} of ${record.name} ended with status ${outcome.exitStatus}: ${outcome.stderr.trim().slice(-500)}`;
    // dpkg would try another script, or an earlier script was passed over: the outcome is not known.
    if (hasFallback || this.blockers.length > 0) this.block(record, script, message);
    else throw new SutureError('SCRIPT_FAILED', message);
  }

  #scriptText(source: ScriptSource, script: MaintainerScript): ByteString | undefined {
    return this.#control(source, script);
  }

  #control({ record, archive }: ScriptSource, file: string): ByteString | undefined {
    if (archive !== undefined) return controlText(archive.controlFiles.get(file)?.content);
    return this.tree.readText(`${ADMIN}/info/${infoName(record)}.${file}`);
  }

  #instances(record: InstalledDeb): number {
    const instances = [...this.records.values()].filter(
      (other) => other.name === record.name && other.state !== 'not-installed' && other.state !== 'config-files',
    );
    return Math.max(1, instances.length);
  }

  /** File triggers on exactly this path. */
  activateFile(path: ByteString): void {
    this.#fileInterests ??= readFileInterests(this.tree);
    const interested = this.#fileInterests.get(path);
    if (interested !== undefined) this.triggers.activate(path, this.#listening(interested));
  }

  /** File triggers on this path and on every directory above it. */
  activatePath(path: ByteString): void {
    for (let current = path; current !== ''; current = current.slice(0, current.lastIndexOf('/'))) {
      this.activateFile(current);
    }
  }

  activate(trigger: ByteString): void {
    if (trigger.startsWith('/')) this.activatePath(trigger);
    else this.triggers.activate(trigger, this.#listening(explicitlyInterested(this.tree, trigger)));
  }

  /** What scripts activated is heard once the running package is configured. */
  incorporateTriggers(): void {
    const triggers = this.#unincorporated;
    this.#unincorporated = [];
    for (const trigger of triggers) this.activate(trigger);
  }

  forgetFileInterests(): void {
    this.#fileInterests = undefined;
  }

  #listening(names: readonly string[]): readonly PackageKey[] {
    return names.flatMap((spelled) => {
      const [name = '', architecture] = spelled.split(':');
      return [...this.records.values()]
        .filter(
          (record) => record.name === name && (architecture === undefined || record.architecture === architecture),
        )
        .filter((record) => CONFIGURED.has(record.state))
        .slice(0, 1)
        .map(keyOf);
    });
  }
}
