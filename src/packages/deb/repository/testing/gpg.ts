import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether a program can be run here. */
export function hasProgram(name: string, ...args: string[]): boolean {
  try {
    execFileSync(name, args.length === 0 ? ['--version'] : args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Real GnuPG (Debian package gnupg) with a home of its own and a clock that the test sets. */
export class Gpg {
  readonly home = mkdtempSync(join(tmpdir(), 'gpg-'));

  #run(time: string, args: readonly string[], input?: string | Uint8Array): Buffer {
    const common = ['--homedir', this.home, '--batch', '--yes', '--quiet', '--no-tty', '--passphrase', ''];
    return execFileSync('gpg', [...common, '--pinentry-mode', 'loopback', '--faked-system-time', `${time}!`, ...args], {
      ...(input === undefined ? {} : { input }),
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  /** @param time `20260101T000000` @param expire `0`, `30d` */
  generate(user: string, algorithm: string, time: string, expire = '0'): string {
    this.#run(time, ['--quick-generate-key', user, algorithm, 'sign', expire]);
    const listing = this.#run(time, ['--list-keys', '--with-colons', user]).toString();
    return /^fpr:+([0-9A-F]+):/m.exec(listing)?.[1] ?? '';
  }

  /** Adds a signing subkey and gives its fingerprint. */
  addSubkey(fingerprint: string, algorithm: string, time: string): string {
    this.#run(time, ['--quick-add-key', fingerprint, algorithm, 'sign', '0']);
    const listing = this.#run(time, ['--list-keys', '--with-colons', fingerprint]).toString();
    return [...listing.matchAll(/^fpr:+([0-9A-F]+):/gm)].at(-1)?.[1] ?? '';
  }

  /** Makes a key expire after `expire` from `time` on, by a self-signature of that time. */
  setExpiry(fingerprint: string, expire: string, time: string): void {
    this.#run(time, ['--quick-set-expire', fingerprint, expire]);
  }

  /** Imports the revocation certificate that GnuPG made with the key (no reason given: compromised). */
  revoke(fingerprint: string, time: string): void {
    const certificate = readFileSync(join(this.home, 'openpgp-revocs.d', `${fingerprint}.rev`), 'utf8');
    this.#run(time, ['--import'], certificate.replace(/^:-----BEGIN/m, '-----BEGIN'));
  }

  exported(fingerprints: readonly string[], armored: boolean): Buffer {
    return this.#run('20260301T000000', [...(armored ? ['--armor'] : []), '--export', ...fingerprints]);
  }

  clearSign(text: string, signers: readonly string[], time: string, options: readonly string[] = []): Buffer {
    return this.#run(time, [...options, ...signers.flatMap(exactly), '--clear-sign'], text);
  }

  detachSign(text: string, signers: readonly string[], time: string, options: readonly string[] = []): Buffer {
    const file = join(this.home, 'to-sign');
    writeFileSync(file, text);
    return this.#run(time, [...options, ...signers.flatMap(exactly), '--armor', '--detach-sign', '-o', '-', file]);
  }

  remove(): void {
    try {
      execFileSync('gpgconf', ['--homedir', this.home, '--kill', 'all'], { stdio: 'ignore' });
    } finally {
      rmSync(this.home, { recursive: true, force: true });
    }
  }
}

function exactly(fingerprint: string): string[] {
  return ['--local-user', `${fingerprint}!`];
}
