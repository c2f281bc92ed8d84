import { execFileSync } from 'node:child_process';
import { findSource } from './apt-sources.ts';

const TOOLS = ['mmdebstrap', 'unshare', 'chroot', 'tar', 'apt-get'];

/** Why the differential tests cannot run here, or undefined when they can. */
export async function missingRequirement(suite: string): Promise<string | undefined> {
  if (process.env['SUTURE_DIFFERENTIAL'] === '0') return 'SUTURE_DIFFERENTIAL=0';
  if (process.getuid?.() !== 0) return 'differential tests need root (chroot)';
  for (const tool of TOOLS) if (!isInstalled(tool)) return `differential tests need ${tool}`;
  const base = findSource(suite);
  const security = findSource(`${suite}-security`);
  if (base === undefined || security === undefined) return `apt of this machine has no ${suite} and ${suite}-security`;
  const url = `${security.uri}/dists/${suite}-security/InRelease`;
  const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  return response?.ok === true ? undefined : 'the package repository is not reachable';
}

function isInstalled(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
