import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands/index.ts';
import { completionScript } from './completion.ts';

/** What bash offers for a command line whose last word is being completed. */
function offered(...line: string[]): string[] {
  const script = `${completionScript('bash', COMMANDS)}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _suture
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const done = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return done.stdout.split('\n').filter((word) => word !== '');
}

const bash = spawnSync('bash', ['--version']).status === 0;

describe('completionScript', () => {
  it.skipIf(!bash)('is valid for bash, and so is what zsh takes over (needs bash)', () => {
    for (const shell of ['bash', 'zsh']) {
      const text = completionScript(shell, COMMANDS).replace(/^autoload.*$/m, '');
      expect(spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it.skipIf(!bash)('offers commands, words of groups, options and choices (needs bash)', () => {
    expect(offered('suture', 'pa')).toEqual(['patch']);
    expect(offered('suture', 'registry', '')).toEqual(['serve']);
    expect(offered('suture', 'patch', '--dry')).toEqual(['--dry-run']);
    expect(offered('suture', 'registry', 'serve', '--read')).toEqual(['--read-only']);
    expect(offered('suture', 'plan', '--scope', '')).toEqual(['security', 'all']);
  });

  it('has a line for every option in fish', () => {
    const text = completionScript('fish', COMMANDS);
    for (const command of COMMANDS) expect(text).toContain(command.name.split(' ').at(-1));
    expect(text).toContain("-l scope -d 'security: only");
    const unquoted = text.replaceAll("\\'", '').split("'").length - 1;
    expect(unquoted % 2).toBe(0);
  });

  it('knows no other shell', () => {
    expect(() => completionScript('tcsh', COMMANDS)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
