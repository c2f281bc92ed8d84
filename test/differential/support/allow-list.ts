import { readFileSync } from 'node:fs';

interface Rule {
  readonly expression: RegExp;
  readonly aspects: ReadonlySet<string>;
  readonly reason: string;
}

/**
 * Differences that are meant to be, each with its reason. Lines of `path-pattern aspects reason`, where aspects are a
 * comma-separated list of `presence,type,mode,owner,target,content,links,xattrs,mtime` or `any`; in patterns `*` stops
 * at a slash and `**` does not.
 */
export class AllowList {
  readonly #rules: readonly Rule[];

  constructor(text: string) {
    this.#rules = text
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => {
        const [pattern = '', aspects = '', ...reason] = line.trim().split(/\s+/);
        if (reason.length === 0) throw new Error(`allow-list line without a reason: ${line}`);
        return { expression: toExpression(pattern), aspects: new Set(aspects.split(',')), reason: reason.join(' ') };
      });
  }

  static read(path: string | URL): AllowList {
    return new AllowList(readFileSync(path, 'utf8'));
  }

  explains(path: string, aspect: string): boolean {
    return this.#rules.some(({ expression, aspects }) => {
      return (aspects.has('any') || aspects.has(aspect)) && expression.test(path);
    });
  }
}

function toExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const wild = escaped.replaceAll('**', '\0').replaceAll('*', '[^/]*').replaceAll('\0', '.*');
  return new RegExp(`^${wild}$`, 's');
}
