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

export function findSource(codename: string, component = 'main'): AptSource | undefined {
  return machineSources().find((source) => source.codename === codename && source.component === component);
}
