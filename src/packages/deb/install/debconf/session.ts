import type { ByteString } from '../../../../core/bytes.ts';
import type { MutableTree } from '../../../../oci/tree/types.ts';
import { NotNative } from '../../../script/not-native.ts';
import type { NativeFunction, SourcingShell } from '../../../script/types.ts';
import { type DebconfItem, DebconfStore } from './store.ts';
import { loadTemplates, parseTemplates } from './templates.ts';

const CACHE = '/var/cache/debconf';

const COMMANDS = [
  ...['capb', 'set', 'reset', 'title', 'input', 'beginblock', 'endblock', 'go', 'get', 'register', 'unregister'],
  ...['subst', 'fset', 'fget', 'purge', 'metaget', 'version', 'clear', 'settitle', 'info', 'progress', 'data', 'stop'],
  'x_loadtemplatefile',
] as const;

/** Reply of the frontend: a status code and a text (debconf-devel(7), "The debconf protocol"). */
interface Reply {
  readonly code: number;
  /** Undefined when the reply is the bare code. */
  readonly text?: ByteString;
}

const OK: Reply = { code: 0 };

/**
 * The debconf frontend of one maintainer script with `DEBIAN_FRONTEND=noninteractive`: answers the protocol from the
 * image's own database (config.dat, templates.dat) and saves it back when the script ends. Anything that could show a
 * message, send mail or touch the password database is not native.
 */
export class DebconfSession {
  readonly #tree: MutableTree;
  readonly #config: DebconfStore;
  readonly #templates: DebconfStore;
  /** Questions waiting for GO. */
  #asked: ByteString[] = [];
  #escapes = false;
  #stopped = false;

  constructor(tree: MutableTree) {
    if (tree.stat(`${CACHE}/config.dat`) === undefined) throw new NotNative('debconf without its database');
    this.#tree = tree;
    this.#config = new DebconfStore(tree, `${CACHE}/config.dat`);
    this.#templates = new DebconfStore(tree, `${CACHE}/templates.dat`);
  }

  loadTemplates(text: ByteString, owner: string): void {
    loadTemplates(parseTemplates(text), owner, { config: this.#config, templates: this.#templates });
  }

  /** A new client (first the config script, then the script itself): what it negotiated and asked is forgotten. */
  beginClient(): void {
    this.#asked = [];
    this.#escapes = false;
    this.#stopped = false;
  }

  save(sourceDate: number): void {
    this.#config.save(this.#tree, sourceDate);
    this.#templates.save(this.#tree, sourceDate);
  }

  /** Defines what `. /usr/share/debconf/confmodule` would define. */
  defineFunctions(shell: SourcingShell): void {
    for (const name of ['PERL_DL_NONLAZY', 'DEBIAN_HAS_FRONTEND', 'DEBCONF_REDIR']) shell.exportVariable(name, '1');
    for (const command of COMMANDS) shell.defineFunction(`db_${command}`, this.#function(command));
    shell.defineFunction('db_text', this.#function('input'));
  }

  #function(command: (typeof COMMANDS)[number]): NativeFunction {
    return (context) => {
      if (this.#stopped) throw new NotNative(`db_${command} after db_stop`);
      if (command === 'stop') {
        this.#stopped = true;
        return 0;
      }
      const line = context.argv.slice(1).join(' ');
      if (line.includes('\n') || (this.#escapes && line.includes('\\')))
        throw new NotNative(`escapes in db_${command}`);
      const reply = this.#answer(
        command,
        line.split(/[ \t]+/).filter((word) => word !== ''),
      );
      context.setVariable('RET', replyVariable(reply, this.#escapes));
      return reply.code;
    };
  }

  #answer(command: string, words: readonly ByteString[]): Reply {
    const [first = '', second = ''] = words;
    switch (command) {
      case 'version':
        if (first.split('.')[0] !== '2') throw new NotNative(`debconf protocol ${first}`);
        return { code: 0, text: '2.0' };
      case 'capb':
        this.#escapes = words.includes('escape');
        return { code: 0, text: 'multiselect escape ' };
      case 'title':
      case 'beginblock':
      case 'endblock':
        return OK;
      case 'clear':
        this.#asked = [];
        return OK;
      case 'x_loadtemplatefile':
        return this.#loadTemplateFile(first, second);
      case 'settitle':
        return this.#withQuestion(first, true, () => OK);
      case 'input':
        return this.#withQuestion(second, true, () => this.#input(second));
      case 'go':
        return this.#go();
      case 'get':
        return this.#withQuestion(first, false, (question) => ({ code: 0, text: this.#value(question) }));
      case 'metaget':
        return this.#withQuestion(first, false, (question) => ({ code: 0, text: this.#metadata(question, second) }));
      case 'fget':
        return this.#withQuestion(first, false, (question) => ({
          code: 0,
          text: question.flags.get(second) ?? 'false',
        }));
      default:
        return this.#change(command, words);
    }
  }

  #loadTemplateFile(path: ByteString, owner: ByteString): Reply {
    const text = this.#tree.readText(path);
    if (text === undefined || owner === '') throw new NotNative(`debconf templates ${path} of ${owner}`);
    this.loadTemplates(text, owner);
    return OK;
  }

  #change(command: string, words: readonly ByteString[]): Reply {
    const [name = '', key = ''] = words;
    return this.#withQuestion(name, false, (question) => {
      switch (command) {
        case 'set':
          this.#config.change(question, ({ fields }) => fields.set('value', words.slice(1).join(' ')));
          return { code: 0, text: 'value set' };
        case 'reset':
          this.#config.change(question, ({ fields, flags }) => {
            fields.set('value', this.#template(question, 'default'));
            flags.set('seen', 'false');
          });
          return OK;
        case 'subst':
          this.#config.change(question, ({ variables }) => variables.set(key, words.slice(2).join(' ')));
          return OK;
        case 'fset': {
          const value = words.slice(2).join(' ');
          this.#config.change(question, ({ flags }) => flags.set(key, value));
          return { code: 0, text: value };
        }
        default:
          throw new NotNative(`debconf command ${command.toUpperCase()}`);
      }
    });
  }

  #withQuestion(name: ByteString, quoted: boolean, answer: (question: DebconfItem) => Reply): Reply {
    const question = this.#config.get(name);
    if (question !== undefined) return answer(question);
    return { code: 10, text: `${quoted ? `"${name}"` : name} doesn't exist` };
  }

  /** Nothing is ever shown; the question takes part in the next GO. */
  #input(name: ByteString): Reply {
    const question = this.#config.get(name);
    const type = question === undefined ? '' : this.#template(question, 'type');
    if (!['boolean', 'select', 'multiselect', 'string', 'note', 'text'].includes(type)) {
      throw new NotNative(`debconf question ${name} of type ${type}`);
    }
    if (!this.#asked.includes(name)) this.#asked.push(name);
    return { code: 30, text: 'question skipped' };
  }

  /** Every question asked gets the value it has: its default when it had none, the first choice when it is not one. */
  #go(): Reply {
    for (const name of this.#asked) {
      const question = this.#config.get(name);
      if (question === undefined) continue;
      const value = this.#chosen(question);
      this.#config.change(question, ({ fields }) => fields.set('value', value));
    }
    this.#asked = [];
    return { code: 0, text: 'ok' };
  }

  #chosen(question: DebconfItem): ByteString {
    const value = this.#value(question);
    if (this.#template(question, 'type') !== 'select') return value;
    const choices = splitChoices(this.#expand(question, this.#untranslated(question, 'choices')));
    return choices.includes(value) ? value : (choices[0] ?? '');
  }

  #value(question: DebconfItem): ByteString {
    return question.fields.get('value') ?? this.#template(question, 'default');
  }

  #metadata(question: DebconfItem, field: ByteString): ByteString {
    if (field === 'choices') return this.#expand(question, this.#template(question, field));
    if (field === 'type' || field === 'default') return this.#template(question, field);
    throw new NotNative(`debconf METAGET of ${field}`);
  }

  /** A field of the template as the C locale sees it: the English translation when there is one. */
  #template(question: DebconfItem, field: string): ByteString {
    const template = this.#templates.get(question.fields.get('template') ?? '');
    if (template === undefined) return '';
    for (const name of template.fields.keys()) {
      if (name.startsWith(`${field}-en`)) throw new NotNative(`debconf template with ${name}`);
    }
    return template.fields.get(field) ?? '';
  }

  #untranslated(question: DebconfItem, field: string): ByteString {
    const template = this.#templates.get(question.fields.get('template') ?? '');
    return template?.fields.get(`${field}-c`) ?? template?.fields.get(field) ?? '';
  }

  #expand(question: DebconfItem, text: ByteString): ByteString {
    return text.replace(/(\\)?\$\{([^{}]+)\}/g, (_, escaped: string | undefined, name: string) =>
      escaped === undefined ? (question.variables.get(name) ?? '') : `\${${name}}`,
    );
  }
}

/** What confmodule leaves in RET: the text after a one-digit code, the whole line otherwise. Only escaped texts keep all lines. */
function replyVariable({ code, text }: Reply, escapes: boolean): ByteString {
  if (text === undefined) return `${code}`;
  const line = escapes ? text : (text.split('\n')[0] ?? '');
  return code < 10 ? line : `${code} ${line}`;
}

function splitChoices(text: ByteString): readonly ByteString[] {
  const choices: ByteString[] = [];
  let choice = '';
  for (const chunk of text.split(/(\\[, ]|,\s+)/)) {
    if (/^\\[, ]$/.test(chunk)) choice += chunk.slice(1);
    else if (/^,\s+$/.test(chunk)) {
      choices.push(choice);
      choice = '';
    } else choice += chunk;
  }
  if (choice !== '') choices.push(choice);
  return choices;
}
