import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * apt of this machine with directories of its own: sees nothing of the machine's configuration, lists or packages, needs no
 * root, and changes nothing.
 */
export class RealApt {
  readonly #root = mkdtempSync(join(tmpdir(), 'real-apt-'));

  /** @param files below the root of a machine: `/etc/apt/sources.list`, `/etc/machine-id`, `/var/lib/dpkg/status` */
  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    for (const directory of [
      'etc/apt/apt.conf.d',
      'var/lib/apt/lists/partial',
      'var/cache/apt/archives/partial',
      'var/lib/dpkg',
    ]) {
      mkdirSync(join(this.#root, directory), { recursive: true });
    }
    for (const [path, content] of Object.entries({ '/var/lib/dpkg/status': '', ...files })) {
      mkdirSync(dirname(join(this.#root, path)), { recursive: true });
      writeFileSync(join(this.#root, path), content);
    }
    writeFileSync(
      join(this.#root, 'configuration'),
      [
        `Dir "${this.#root}";`,
        `Dir::State::status "${join(this.#root, 'var/lib/dpkg/status')}";`,
        // As on a machine of its own, not in the container that the tests may run in.
        'Dir::Bin::ischroot "/bin/false"; Dir::Bin::dpkg "/bin/false"; APT::Architecture "amd64";',
        'APT::Architectures { "amd64"; }; APT::Install-Recommends "false"; Debug::NoLocking "true";',
        'APT::Sandbox::User "root"; Acquire::Languages "none"; Acquire::Retries "0";',
        'Dir::Bin::Methods "/usr/lib/apt/methods"; Dir::Bin::apt-key "/usr/bin/apt-key";',
      ].join('\n'),
    );
  }

  /** Runs apt-get, or apt-cache where the first word says so; returns both outputs, whatever the exit status. */
  async call(...words: readonly string[]): Promise<string> {
    const [program, args] = words[0] === 'apt-cache' ? ['apt-cache', words.slice(1)] : ['apt-get', words];
    const { SOURCE_DATE_EPOCH: _ignored, ...environment } = process.env;
    const options = { env: { ...environment, APT_CONFIG: join(this.#root, 'configuration'), LC_ALL: 'C.UTF-8' } };
    try {
      const { stdout, stderr } = await run(program, args, options);
      return stdout + stderr;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return stdout + stderr;
    }
  }

  /** `name version` of what a command would unpack, sorted. */
  async simulate(...words: readonly string[]): Promise<string[]> {
    const output = await this.call('-s', ...words);
    if (/^(?:Remv|E:) /m.test(output)) throw new Error(output);
    return [...output.matchAll(/^Inst (\S+?)(?::\S+)? (?:\[[^\]]*\] )?\((\S+) /gm)]
      .map(([, name, to]) => `${name} ${to}`)
      .sort();
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
