import { expect, it } from 'vitest';
import { captionOf, parseMetadata } from './captions';

it('takes NAME.txt before metadata.jsonl before the file’s name, in one line', () => {
  const listed = parseMetadata(
    '\n{"file_name": "red_cat-1.png", "text": "a red cat", "width": 4}\r\n{"file_name": "x.png"}\n',
    'metadata.jsonl',
  );
  expect(captionOf('red_cat-1.png', ' a cat,\n  red \n', listed)).toBe('a cat, red');
  expect(captionOf('red_cat-1.png', ' \n', listed)).toBe('a red cat');
  expect(captionOf('red_cat-1.png', undefined, new Map())).toBe('red cat 1');
  expect(captionOf('__.png', undefined, listed)).toBe('__.png');
  expect(captionOf('v1.2_cat.webp', undefined, listed)).toBe('v1.2 cat');
});

it('names the line of metadata.jsonl that is wrong', () => {
  const parse = (content: string) => () => parseMetadata(content, 'metadata.jsonl');
  const good = '{"file_name":"a.png","text":"a"}';
  expect(parse(`${good}\n\n{`)).toThrow(/^metadata.jsonl: line 3 is not valid JSON/);
  expect(parse('{"text":"a"}')).toThrow('metadata.jsonl: line 1: "file_name" is missing, expected text.');
  expect(parse('{"file_name":"a.png","text":3}')).toThrow('"text" is 3, expected text.');
  expect(parse(`${good}\n${good}`)).toThrow('metadata.jsonl: line 2 names "a.png" a second time.');
});
