import { execFileSync } from 'node:child_process';

/** Where this machine's apt gets a suite from; nothing about repositories is written down in the tests. */
export interface AptSource {
  readonly uri: string;
  readonly codename: string;
  readonly component: string;
  readonly signedBy: string;
}

export function machineSources(): readonly AptSource[] {
  const format = '$(REPO_URI)\t$(CODENAME)\t$(COMPONENT)\t$(SIGNED_BY)';
  const output = execFileSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const lines = [...new Set(output.split('\n').filter((line) => line !== ''))];
  return lines.map((line) => {
    const [uri = '', codename = '', component = '', signedBy = ''] = line.split('\t');
    return { uri: uri.replace(/\/$/, ''), codename, component, signedBy };
  });
}

/**
 * A suite as this machine's apt has it. Another release of Debian is looked for where the machine gets its own from: the
 * same repositories hold them all.
 */
export function findSource(codename: string, component = 'main'): AptSource | undefined {
  const sources = machineSources().filter((source) => source.component === component);
  const own = sources.find((source) => source.codename === codename);
  if (own !== undefined) return own;
  const isSecurity = codename.endsWith('-security');
  const security = sources.find((source) => source.codename.endsWith('-security'));
  const release = security?.codename.replace(/-security$/, '');
  const similar = isSecurity ? security : sources.find((source) => source.codename === release);
  return similar === undefined ? undefined : { ...similar, codename };
}
