import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FORMULAS } from './formulas';

test('every formula names code that there is', () => {
  for (const { code } of Object.values(FORMULAS)) {
    expect(readFileSync(`src/${code.file}`, 'utf8')).toMatch(
      new RegExp(`export (const|function|class) ${code.name}\\b`),
    );
  }
});
