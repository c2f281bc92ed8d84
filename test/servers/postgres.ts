import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './programs.ts';

const VERSIONS = '/usr/lib/postgresql';

/** Directory of initdb and pg_ctl as Debian's postgresql package installs them; undefined when it is not installed. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const newest = readdirSync(VERSIONS)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((directory) => existsSync(join(directory, 'initdb')));
  return newest;
}

export interface PostgresServer {
  /** A URL of a new, empty database. */
  database(name: string): string;
  close(): void;
}

/** A server of its own on a free loopback port, with a data directory that is removed at the end. It refuses to run as root. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), 'suture-postgres-'));
  const identity = process.getuid?.() === 0 ? postgresUser() : undefined;
  if (identity !== undefined) chownSync(directory, identity.uid, identity.gid);
  chmodSync(directory, 0o700);
  const data = join(directory, 'data');
  const port = await freePort();
  const call = (program: string, ...args: string[]) => {
    const result = spawnSync(join(programs, program), args, {
      encoding: 'utf8',
      cwd: directory,
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'ignore'],
      ...identity,
    });
    if (result.status !== 0) throw new Error(`${program} ${args.join(' ')} ends with ${result.status}`);
  };
  call('initdb', '-D', data, '-U', 'suture', '-A', 'trust', '--no-sync');
  const settings = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${directory} -c fsync=off`;
  call('pg_ctl', '-D', data, '-l', join(directory, 'log'), '-w', '-o', settings, 'start');
  return {
    database(name) {
      call('createdb', '-h', '127.0.0.1', '-p', String(port), '-U', 'suture', name);
      return `postgres://suture@127.0.0.1:${port}/${name}`;
    },
    close() {
      call('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function postgresUser(): { uid: number; gid: number } {
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}
