import { describe, expect, it } from 'vitest';
import { SutureError } from '../core/errors/error.ts';
import type { CommandDefinition, Invocation, Terminal } from './definition.ts';
import { environmentName, GLOBAL_OPTIONS } from './options.ts';
import { runProgram } from './program.ts';

function memoryTerminal() {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts) => ({
    write: (text: string) => {
      texts[name] += text;
    },
    isTerminal: false,
    columns: 100,
  });
  const terminal: Terminal = { stdout: stream('stdout'), stderr: stream('stderr') };
  return { terminal, texts };
}

async function call(
  argv: readonly string[],
  work: (invocation: Invocation) => Promise<number>,
  signal = new AbortController().signal,
  environment: Readonly<Record<string, string>> = {},
) {
  const command: CommandDefinition = {
    name: 'thing do',
    summary: 'does a thing',
    arguments: [
      { name: 'first', description: 'one' },
      { name: 'rest', description: 'others', optional: true, variadic: true },
    ],
    options: [
      { flags: '--mode <mode>', description: 'how', choices: ['fast', 'slow'], default: 'slow' },
      { flags: '--with <name>', description: 'with what', repeatable: true, noEnvironment: true },
    ],
    examples: [{ command: 'suture thing do x', comment: 'does x' }],
    run: work,
  };
  const { terminal, texts } = memoryTerminal();
  const code = await runProgram([command], '1.2.3', argv, { terminal, environment, signal });
  return { code, ...texts };
}

describe('options from the environment', () => {
  const seen = async (environment: Record<string, string>, argv: readonly string[] = []) => {
    let options: Invocation['options'] = {};
    const { code, stdout, stderr } = await call(
      ['thing', 'do', 'a', ...argv],
      async (invocation) => {
        options = invocation.options;
        return 0;
      },
      undefined,
      environment,
    );
    return { code, options, text: stdout + stderr };
  };

  it('wins over defaults and loses to the command line', async () => {
    expect((await seen({ SUTURE_MODE: 'fast' })).options['mode']).toBe('fast');
    expect((await seen({ SUTURE_MODE: 'fast' }, ['--mode', 'slow'])).options['mode']).toBe('slow');
    expect((await seen({ SUTURE_MODE: '' })).options['mode']).toBe('slow');
  });

  it('takes switches on and off, and no other word', async () => {
    expect((await seen({ SUTURE_QUIET: '1' })).options['quiet']).toBe(true);
    expect((await seen({ SUTURE_QUIET: '0' })).options['quiet']).toBe(false);
    expect((await seen({ SUTURE_NO_COLOR: 'true' })).options['color']).toBe(false);
    const wrong = await seen({ SUTURE_QUIET: 'perhaps' });
    expect([wrong.code, wrong.text]).toEqual([2, expect.stringContaining('SUTURE_QUIET: "perhaps"')]);
  });

  it('refuses a value that is no choice, naming the variable', async () => {
    const wrong = await seen({ SUTURE_MODE: 'sideways' });
    expect([wrong.code, wrong.text]).toEqual([
      2,
      expect.stringContaining('SUTURE_MODE: "sideways" is not one of fast, slow'),
    ]);
  });
});

describe('runProgram', () => {
  it('hands arguments and options over, and gives the exit code back', async () => {
    let seen: Invocation | undefined;
    const { code } = await call(
      ['thing', 'do', 'a', 'b', 'c', '--with', 'x', '--with', 'y', '-q'],
      async (invocation) => {
        seen = invocation;
        return 3;
      },
    );
    expect(code).toBe(3);
    expect(seen?.args).toEqual(['a', 'b', 'c']);
    expect(seen?.options).toMatchObject({ mode: 'slow', with: ['x', 'y'], quiet: true, output: 'table' });
  });

  it.each([
    [['thing', 'do'], 'missing required argument'],
    [['thing', 'do', 'a', '--mode', 'odd'], 'Allowed choices are fast, slow'],
    [['thing', 'do', 'a', '--mod', 'fast'], 'Did you mean --mode?'],
    [['thong'], "unknown command 'thong'"],
  ])('exits with 2 for %j', async (argv, message) => {
    const { code, stderr } = await call(argv, () => Promise.resolve(0));
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('writes help with examples and exit codes, and the version, to standard output', async () => {
    const help = await call(['thing', 'do', '--help'], () => Promise.resolve(0));
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('# does x\n  suture thing do x');
    expect(help.stdout).toContain('4 refused by policy');
    expect(help.stdout).toContain('SUTURE_MODE');
    expect((await call(['--version'], () => Promise.resolve(0))).stdout).toBe('1.2.3\n');
  });

  it('renders errors by class, as text or as a document', async () => {
    const fail = () => Promise.reject(new SutureError('PLAN_STALE', 'the plan is old', { cause: new Error('why') }));
    const text = await call(['thing', 'do', 'a'], fail);
    expect(text).toMatchObject({ code: 4, stdout: '' });
    expect(text.stderr).toMatch(/^error the plan is old \[PLAN_STALE\]\n {2}because why\n {2}fix /);
    const json = await call(['thing', 'do', 'a', '-o', 'json', '--log-format', 'json'], fail);
    expect(JSON.parse(json.stdout)).toMatchObject({
      kind: 'Error',
      code: 'PLAN_STALE',
      causes: ['why'],
      retryable: false,
    });
    expect(JSON.parse(json.stderr)).toMatchObject({ level: 'error', code: 'PLAN_STALE' });
  });

  it('names a defect as such, with the stack only when asked', async () => {
    const defect = () => Promise.reject(new TypeError('oops'));
    const plain = await call(['thing', 'do', 'a'], defect);
    expect([plain.code, plain.stderr.includes('[INTERNAL]'), plain.stderr.includes('at ')]).toEqual([1, true, false]);
    expect((await call(['thing', 'do', 'a', '-v'], defect)).stderr).toContain('program.test.ts');
  });

  it('tells the signal, whatever it broke', async () => {
    const controller = new AbortController();
    const { stderr } = await call(
      ['thing', 'do', 'a'],
      () => {
        controller.abort(new SutureError('INTERRUPTED', 'stopped by SIGINT'));
        return Promise.reject(new SutureError('NO_REPOSITORY', 'cut off'));
      },
      controller.signal,
    );
    expect(stderr).toContain('error stopped by SIGINT [INTERRUPTED]');
  });
});

describe('environmentName', () => {
  it('is the long name, the "no" of a negation included', () => {
    const names = GLOBAL_OPTIONS.map(environmentName);
    expect(names).toContain('SUTURE_CACHE_DIR');
    expect(names).toContain('SUTURE_NO_COLOR');
    expect(environmentName({ flags: '--plan <file>', description: '', noEnvironment: true })).toBeUndefined();
  });
});
