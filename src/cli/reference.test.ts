import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands/index.ts';
import { environmentName, GLOBAL_OPTIONS } from './options.ts';
import { commandReference, errorReference } from './reference.ts';

const document = (name: string) => new URL(`../../docs/${name}`, import.meta.url);

describe('reference documents', () => {
  it.each([
    ['errors.md', () => errorReference()],
    ['cli.md', () => commandReference(COMMANDS)],
  ])('docs/%s agrees with the code (run `make docs`)', (name, generate) => {
    expect(existsSync(document(name))).toBe(true);
    expect(readFileSync(document(name), 'utf8')).toBe(generate());
  });

  it('gives every environment variable one meaning within a command', () => {
    for (const command of COMMANDS) {
      const names = [...command.options, ...GLOBAL_OPTIONS].map(environmentName).filter((name) => name !== undefined);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('has an example for every command', () => {
    expect(COMMANDS.filter((command) => command.examples.length === 0).map(({ name }) => name)).toEqual([]);
  });
});
