import { spawnSync } from 'node:child_process';

/** Runs a shell script in a root, in its own mount, pid and (unless `network`) network namespace; a failure throws its output. */
export function runInRoot(root: string, script: string, options: { readonly network?: boolean } = {}): string {
  const namespaces = ['--mount', '--pid', '--fork', `--mount-proc=${root}/proc`, '--kill-child'];
  if (options.network !== true) namespaces.push('--net');
  const environment = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'];
  const command = ['chroot', root, 'env', '-i', ...environment, 'DEBIAN_FRONTEND=noninteractive', 'sh', '-e', '-s'];
  const result = spawnSync('unshare', [...namespaces, ...command], {
    input: script,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 600_000,
  });
  if (result.status !== 0)
    throw new Error(`script in the root failed (${result.status}):\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}
