/**
 * Renders the icons of one set: `node render.mjs SET PIXELS OUT < concepts.json`, in a folder with the packages;
 * concepts: [[hexcode, name]].
 * OUT: RGBA of PIXELS × PIXELS each, one after the other; printed: the hexcodes that the set has, in that order.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const { Resvg } = require('@resvg/resvg-js');
const [set, pixels, out] = process.argv.slice(2);
const { icons, aliases = {}, width = 16, height = 16 } = require(`@iconify-json/${set}/icons.json`);
const names = new Map(
  Object.entries(require(`@iconify-json/${set}/chars.json`)).map(([code, name]) => [plain(code), name]),
);
/** Icons that end the renderer, not only their own picture. */
const CRASHES = new Set(['noto/package']);

const file = openSync(out, 'w');
const found = [];
for (const [code, label] of JSON.parse(readFileSync(0, 'utf8'))) {
  // EmojiOne lists no characters: its icons are found by name.
  const slug = label.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const known = [names.get(plain(code)), slug, `${slug}-face`, slug.replace(/-face$/, '')];
  let name = known.find((one) => one && (icons[one] || aliases[one]));
  if (CRASHES.has(`${set}/${name}`)) continue;
  while (!icons[name] && aliases[name]) name = aliases[name].parent;
  const icon = icons[name];
  if (!icon) continue;
  const box = `0 0 ${icon.width ?? width} ${icon.height ?? height}`;
  const body = icon.body.replaceAll('currentColor', '#000');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${box}" width="${pixels}" height="${pixels}">${body}</svg>`;
  const image = new Resvg(svg, { font: { loadSystemFonts: false } }).render();
  writeSync(file, image.pixels);
  found.push(code);
}
closeSync(file);
console.log(JSON.stringify(found));

/** Without the selector that says "as a picture". */
function plain(code) {
  return code.toLowerCase().replaceAll('-fe0f', '');
}
