import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryTree } from '../testing/memory-tree.ts';
import { aptBoolean, parseAptConfiguration, readAptConfiguration } from './apt-conf.ts';

describe('parseAptConfiguration', () => {
  it('reads flat and nested names, comments, lists and #clear', () => {
    const text = `// comment "x";
# another
APT::Default-Release "stable"; /* APT::Default-Release "no"; */
Acquire { Check-Valid-Until "false"; http { Proxy "http://proxy.example.org:3128//x"; }; Retries 3; };
APT { Architectures { "amd64"; "arm64"; }; NeverAutoRemove:: "x"; };
Dir::Cache "gone"; Dir::Cache::archives "gone"; #clear Dir::Cache;
last "without semicolon"`;
    expect(Object.fromEntries(parseAptConfiguration(text))).toEqual({
      'apt::default-release': 'stable',
      'acquire::check-valid-until': 'false',
      'acquire::http::proxy': 'http://proxy.example.org:3128//x',
      'acquire::retries': '3',
      'apt::neverautoremove::': 'x',
      last: 'without semicolon',
    });
  });

  it('takes later files first in rank, apt.conf last', () => {
    const values = readAptConfiguration(
      memoryTree({
        '/etc/apt/apt.conf': 'C "conf";',
        '/etc/apt/apt.conf.d/20b': 'A "20"; B "20"; C "20";',
        '/etc/apt/apt.conf.d/10a': 'A "10";',
        '/etc/apt/apt.conf.d/30x.disabled': 'A "30";',
      }),
    );
    expect(Object.fromEntries(values)).toEqual({ a: '20', b: '20', c: 'conf' });
  });

  it('ends on any text', () => {
    const words = fc.array(fc.oneof(fc.string(), fc.constantFrom('{', '}', ';', '"', '/*', '*/', '#clear', '::')));
    fc.assert(
      fc.property(words, (parts) => {
        for (const name of parseAptConfiguration(parts.join(' ')).keys()) expect(name).toBe(name.toLowerCase());
      }),
    );
  });

  it('knows the truth words', () => {
    expect(['yes', 'True', 'on', '1', 'with', 'enable'].map(aptBoolean)).toEqual(Array(6).fill(true));
    expect(['no', 'FALSE', 'off', '0', 'without', 'disable'].map(aptBoolean)).toEqual(Array(6).fill(false));
    expect(aptBoolean('force')).toBeUndefined();
  });
});
