import { readFileSync } from 'node:fs';

interface Rule {
  readonly expression: RegExp;
  readonly aspects: ReadonlySet<string>;
}

/**
 * Differences that are meant to be, each with its reason. Lines of `path-pattern aspects reason`, where aspects are a
 * comma-separated list of `missing` (ours lacks it), `extra`, `type,mode,owner,target,content,links,xattrs,mtime` or
 * `any`; in patterns `*` stops at a slash and `**` does not. The pattern `@bytecode` stands for the bytecode of the
 * Python modules of upgraded packages.
 */
export class AllowList {
  readonly #rules: readonly Rule[];
  readonly #bytecodeAspects: ReadonlySet<string>;
  readonly #modules: ReadonlySet<string>;

  constructor(text: string, modules: ReadonlySet<string> = new Set()) {
    const lines = text
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => {
        const [pattern = '', aspects = '', ...reason] = line.trim().split(/\s+/);
        if (reason.length === 0) throw new Error(`allow-list line without a reason: ${line}`);
        return { pattern, aspects: new Set(aspects.split(',')) };
      });
    this.#rules = lines.map(({ pattern, aspects }) => ({ expression: toExpression(pattern), aspects }));
    this.#bytecodeAspects = lines.find(({ pattern }) => pattern === '@bytecode')?.aspects ?? new Set();
    this.#modules = modules;
  }

  /** `modules`: paths of the `.py` files of upgraded packages. */
  static read(path: string | URL, modules?: ReadonlySet<string>): AllowList {
    return new AllowList(readFileSync(path, 'utf8'), modules);
  }

  explains(path: string, aspect: string): boolean {
    if (this.#bytecodeAspects.has(aspect) && this.#isBytecode(path)) return true;
    return this.#rules.some(({ expression, aspects }) => {
      return (aspects.has('any') || aspects.has(aspect)) && expression.test(path);
    });
  }

  /** `D/__pycache__/M.cpython-311.pyc` beside `D/M.py`, and the directory when nothing else can be in it. */
  #isBytecode(path: string): boolean {
    const [, directory, name] = /^(.*)\/__pycache__(?:\/([^/]+))?$/.exec(path) ?? [];
    if (directory === undefined) return false;
    if (name === undefined) return [...this.#modules].some((module) => module.startsWith(`${directory}/`));
    const module = /^(.+)\.cpython-\d+(?:\.opt-\d)?\.pyc$/.exec(name)?.[1];
    return module !== undefined && this.#modules.has(`${directory}/${module}.py`);
  }
}

function toExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const wild = escaped.replaceAll('**', '\0').replaceAll('*', '[^/]*').replaceAll('\0', '.*');
  return new RegExp(`^${wild}$`, 's');
}
