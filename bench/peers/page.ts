/** @file bench.html: the comparison on a visitor's own adapter. Libraries and models are loaded when Run is pressed. */
import '../../src/studio/styles/tokens.css';
import '../../src/studio/styles/base.css';
import '../../src/studio/styles/buttons.css';
import '../../src/studio/styles/fields.css';
import './page.css';
import { significant } from '../table';
import { CONTENDERS, type PeerId } from './contender';
import { isMeasured, type Result, type RowResult } from './result';
import { cellsOf, fastest, HEADER, markdownOf, notes } from './table';
import { type Row, rowsOf } from './work';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const status = (text: string) => {
  element('status').textContent = text;
};
/** `?rows=` and `?quick` say what Run does; `?peers=none` measures ours alone. */
const asked = new URLSearchParams(location.search);
const numbered = notes();
let result: Result | null = null;

void open();

async function open(): Promise<void> {
  element<HTMLInputElement>('quick').checked = asked.has('quick');
  // Where the table is wider than the page it is scrolled with the keyboard, too.
  element('scroll').tabIndex = 0;
  element('head').append(line('th', ['Work', ...HEADER.slice(1)]));
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) {
    element('adapter').textContent = 'none';
    status('This browser offers no WebGPU adapter: try a newer one, or turn hardware acceleration on in its settings.');
    return;
  }
  const { description, vendor, architecture, device } = adapter.info;
  const name = description || [vendor, architecture, device].filter(Boolean).join(' ') || 'not named by this browser';
  const software = /swiftshader|llvmpipe|lavapipe|software|basic render/i.test([name, vendor, architecture].join(' '));
  element('adapter').textContent = software ? `${name}: computes on the CPU` : name;
  let rows: Row[];
  try {
    rows = rowsOf(asked.get('rows'), software);
  } catch (error) {
    return status((error as Error).message);
  }
  for (const row of rows) element('body').append(waiting(row));
  const run = element<HTMLButtonElement>('run');
  run.disabled = false;
  run.addEventListener('click', () => void measure(rows));
  for (const [id, act] of Object.entries({ copy: copyJson, download: downloadJson, 'copy-table': copyTable }))
    element(id).addEventListener('click', act);
}

async function measure(rows: readonly Row[]): Promise<void> {
  const run = element<HTMLButtonElement>('run');
  run.disabled = true;
  element('export').hidden = true;
  numbered.list.length = 0;
  element('notes').replaceChildren();
  element('body').replaceChildren(...rows.map(waiting));
  try {
    const [{ runComparison }, { QUICK, THOROUGH }, { openPagePipeline, pageTuner }] = await Promise.all([
      import('./run'),
      import('./measure'),
      import('./page-pipeline'),
    ]);
    const quick = element<HTMLInputElement>('quick').checked;
    result = await runComparison({
      gpu: navigator.gpu,
      where: browserName(),
      rows: () => rows,
      peers: asked.get('peers') === 'none' ? [] : PEERS,
      tunerFor: pageTuner,
      openPipeline: (gpu, tuner) => openPagePipeline(gpu, tuner, status),
      options: { ...(quick ? QUICK : THOROUGH), onProgress: status },
      // All rows: of what our best matmul reaches the earlier ones are a part, too.
      onRow: (_, soFar) => {
        for (const row of soFar.rows) show(row, soFar);
      },
    });
    const best = result.bestMatmul;
    status(best === null ? 'Done.' : `Done. Our best matmul: ${significant(best)} GFLOP/s.`);
  } catch (error) {
    console.error(error);
    status(`Stopped: ${error instanceof Error ? error.message : String(error)}`);
  }
  element('export').hidden = result === null;
  run.disabled = false;
}

const PEERS: readonly { id: PeerId; open(): Promise<import('./contender').Contender> }[] = [
  { id: 'onnxruntime-web', open: async () => (await import('./onnxruntime')).openOnnxruntime() },
  { id: 'TF.js', open: async () => (await import('./tfjs')).openTfjs(navigator.gpu) },
  { id: 'jax-js', open: async () => (await import('./jax')).openJax() },
];

/** Puts a measured row where it was waited for. */
function show(row: RowResult, soFar: Result): void {
  result = soFar;
  element(`row-${row.id}`).replaceWith(measuredLine(row));
  element('notes').replaceChildren(
    ...numbered.list.map((why) => {
      const item = document.createElement('li');
      item.textContent = why;
      return item;
    }),
  );
}

function waiting({ id, label }: Row): HTMLTableRowElement {
  const tr = line('td', [label, ...HEADER.slice(1).map(() => '')]);
  tr.id = `row-${id}`;
  tr.className = 'waiting';
  return tr;
}

function measuredLine(row: RowResult): HTMLTableRowElement {
  const tr = line(
    'td',
    cellsOf(row, (why) => ` ${numbered.note(why)}`),
  );
  tr.id = `row-${row.id}`;
  const first = fastest(row);
  CONTENDERS.forEach((id, i) => {
    const cell = row.cells[id];
    const td = tr.cells[i + 1];
    if (!isMeasured(cell)) return;
    const spread = document.createElement('small');
    spread.textContent = `${significant(cell.least)} – ${significant(cell.most)}`;
    const time = document.createElement('span');
    time.append(significant(cell.median), ' ', spread);
    td.replaceChildren(time);
    if (id === first && Object.values(row.cells).filter(isMeasured).length > 1) td.className = 'fastest';
  });
  return tr;
}

/** A row of the table; its first cell is its head. On a phone each cell stands under its column's name. */
function line(tag: 'td' | 'th', texts: readonly string[]): HTMLTableRowElement {
  const tr = document.createElement('tr');
  texts.forEach((text, i) => {
    const cell = document.createElement(i === 0 ? 'th' : tag);
    if (cell.tagName === 'TH') cell.scope = tag === 'th' ? 'col' : 'row';
    cell.textContent = text;
    cell.dataset.column = i === 0 ? '' : HEADER[i];
    tr.append(cell);
  });
  return tr;
}

const json = () => `${JSON.stringify(result, null, 2)}\n`;

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    status('Copied.');
  } catch {
    status('This browser did not let the page copy: download the JSON instead.');
  }
}
const copyJson = () => void copy(json());
const copyTable = () => void (result && copy(markdownOf(result)));

function downloadJson(): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([json()], { type: 'application/json' }));
  link.download = `speed-${result!.adapter.replace(/[^\w.]+/g, '-').slice(0, 60)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** `Chrome 148`; else all that the browser says of itself. */
function browserName(): string {
  const known = /(Firefox|Edg|Chrome|Version)\/(\d+)/.exec(navigator.userAgent);
  return known
    ? `${known[1] === 'Version' ? 'Safari' : known[1] === 'Edg' ? 'Edge' : known[1]} ${known[2]}`
    : navigator.userAgent;
}
