import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../core/errors/error.ts';
import { parseTemplate, renderTemplate, type TemplateValue } from './template.ts';

const NAMES = ['a', 'b', 'list', 'item', 'constructor', 'toString'];
const plain = (text: string) => text;
const render = (text: string, value: TemplateValue, escapeValue = plain) =>
  renderTemplate(parseTemplate(text, 'template', NAMES), value, escapeValue);

describe('the template language', () => {
  it('places values, repeats sections and knows the scopes around them', () => {
    expect(render('{{a}}-{{ b }}', { a: 'x', b: 2 })).toBe('x-2');
    expect(render('{{#list}}<{{item}}{{a}}>{{/list}}', { a: '!', list: [{ item: 1 }, { item: 2 }] })).toBe('<1!><2!>');
    expect(render('{{#list}}{{.}},{{/list}}', { list: ['x', 'y'] })).toBe('x,y,');
    expect(render('{{^list}}none{{/list}}{{#list}}some{{/list}}', { list: [] })).toBe('none');
    expect(render('{{#a}}yes{{/a}}{{^a}}no{{/a}}', { a: '' })).toBe('no');
    expect(render('{{! remark }}x', {})).toBe('x');
  });

  it('escapes values and nothing else', () => {
    expect(render('<b>{{a}}</b>', { a: '<i>' }, (text) => text.replaceAll('<', '&lt;'))).toBe('<b>&lt;i></b>');
  });

  it('does not reach what objects inherit', () => {
    expect(render('[{{constructor}}{{toString}}{{#constructor}}x{{/constructor}}]', { a: 1 })).toBe('[]');
  });

  it('says on which line a mistake is', () => {
    expect(() => parseTemplate('x\n{{#a}}\n{{/b}}', 'T', NAMES)).toThrow('T, line 3: {{/b}} closes nothing');
    expect(() => parseTemplate('x\n\n{{a', 'T', NAMES)).toThrow('T, line 3: {{ is not closed');
    expect(() => parseTemplate('{{&a}}', 'T', NAMES)).toThrow('not part of the language');
    expect(() => parseTemplate('{{a.b}}', 'T', NAMES)).toThrow('"a.b" is no field');
    expect(() => parseTemplate('{{#a}}'.repeat(20), 'T', NAMES)).toThrow('nested');
    expect(() => parseTemplate('x'.repeat(70_000), 'T', NAMES)).toThrow('limit');
  });

  it('cuts what grows without end', () => {
    const list = Array.from({ length: 1000 }, () => 'x'.repeat(1000));
    expect(render('{{#list}}{{.}}{{/list}}', { list }).length).toBeLessThan(600_000);
  });

  it('reads or refuses any text, and never runs it', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{{#a}}',
      '{{/a}}',
      '{{^b}}',
      '{{/b}}',
      '{{a}}',
      '{{.}}',
      'x',
      '\n',
      '{',
      '}',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          expect(typeof render(pieces.join(''), { a: ['1'], b: '' })).toBe('string');
        } catch (error) {
          expect(isSutureError(error, 'CONFIGURATION')).toBe(true);
        }
      }),
    );
  });
});
