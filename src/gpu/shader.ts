/**
 * @file WGSL files: includes, their parameters, and reading a shader's own declarations.
 *
 * `#include "common/index.wgsl"` on a line of its own pastes that file (path below shaders/), once. An entry file whose
 * kernels differ in what they include says `#parameter weights f32 f16` and includes `"common/weights_{weights}.wgsl"`; its
 * kernels are called `matmul/tiled weights=f16`. `#parameter weights` alone stands for every value that there is a file of.
 * Binding numbers and the fields of `struct Params` are read from the text, so the host names bindings
 * and sizes as the shader does and a mismatch is an error before anything runs.
 */
const files: Record<string, string> = import.meta.glob('/shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export interface Shader {
  name: string;
  code: string;
  /** Storage bindings in binding order. */
  bindings: { name: string; binding: number; writable: boolean }[];
  /** Fields of `struct Params`, in order; empty where the shader has none. */
  params: { name: string; type: 'u32' | 'i32' | 'f32' }[];
  /** Names of the `override` constants. */
  constants: string[];
}

const cache = new Map<string, Shader>();

/**
 * The shader at shaders/FILE.wgsl with its includes pasted.
 * @param name FILE, and a value for each of its parameters: `FILE parameter=value …`
 * @throws where there is no such file, or a parameter is missing, unknown or of another value
 */
export function loadShader(name: string): Shader {
  let shader = cache.get(name);
  if (!shader) {
    shader = parseShader(name, sourceOf(name));
    cache.set(name, shader);
  }
  return shader;
}

/** Names of all kernels (files with an entry point, with every value of their parameters), for tests that compile each. */
export function shaderNames(): string[] {
  return Object.keys(files)
    .map((path) => path.slice('/shaders/'.length, -'.wgsl'.length))
    .filter((file) => !file.startsWith('common/'))
    .flatMap((file) =>
      parametersOf(textOf(`${file}.wgsl`)).reduce(
        (names, [parameter, values]) => names.flatMap((name) => values.map((value) => `${name} ${parameter}=${value}`)),
        [file],
      ),
    )
    .filter((name) => loadShader(name).code.includes('fn main('))
    .sort();
}

function sourceOf(name: string): string {
  const [file, ...pairs] = name.split(' ');
  const given = new Map(pairs.map((pair) => pair.split('=') as [string, string]));
  const parameters = parametersOf(textOf(`${file}.wgsl`));
  const fits = parameters.every(([parameter, values]) => values.includes(given.get(parameter) ?? ''));
  if (!fits || given.size !== parameters.length) {
    const list = parameters.map(([parameter, values]) => ` ${parameter}=${values.join('|')}`);
    throw new Error(`"${name}" is no kernel, expected ${file}${list.join('')}`);
  }
  return expand(`${file}.wgsl`, given, new Set());
}

const PARAMETER = /^#parameter (\w+)(?: (.+))?$/gm;

/** What a file's includes depend on: names, each with the values it may have. */
const parametersOf = (text: string): [parameter: string, values: string[]][] =>
  [...text.matchAll(PARAMETER)].map(([, parameter, values]) => [
    parameter,
    values?.trim().split(' ') ?? valuesOf(text, parameter),
  ]);

/** The values for which the first file exists whose name has the parameter in it. */
function valuesOf(text: string, parameter: string): string[] {
  const [before, after] = new RegExp(`"(.*\\{${parameter}\\}.*)"`).exec(text)?.[1].split(`{${parameter}}`) ?? ['', ''];
  const begin = `/shaders/${before}`;
  return Object.keys(files)
    .filter((path) => path.startsWith(begin) && path.endsWith(after))
    .map((path) => path.slice(begin.length, -after.length));
}

function textOf(file: string): string {
  const text = files[`/shaders/${file}`];
  if (text === undefined) throw new Error(`shaders/${file} does not exist`);
  return text;
}

function expand(file: string, given: ReadonlyMap<string, string>, included: Set<string>): string {
  included.add(file);
  return textOf(file)
    .replace(PARAMETER, '')
    .replace(/^#include "(.+)"[ \t]*$/gm, (_, template: string) => {
      const path = template.replace(/\{(\w+)\}/g, (_, parameter: string) => given.get(parameter) ?? '');
      return included.has(path) ? '' : expand(path, given, included);
    });
}

function parseShader(name: string, source: string): Shader {
  // `enable` directives must come first, also when an include brought them.
  const enables = [...new Set(source.match(/^enable .*;$/gm) ?? [])];
  const code = `${enables.join('\n')}\n${source.replace(/^enable .*;$/gm, '')}`;
  const bindings = [...code.matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(read|read_write)>\s*(\w+)/g)]
    .map(([, binding, access, variable]) => ({
      name: variable,
      binding: Number(binding),
      writable: access === 'read_write',
    }))
    .sort((a, b) => a.binding - b.binding);
  const body = /struct Params\s*\{([^}]*)\}/.exec(code)?.[1].replace(/\/\/.*$/gm, '') ?? '';
  const params = [...body.matchAll(/(\w+)\s*:\s*(u32|i32|f32)/g)].map(([, field, type]) => ({
    name: field,
    type: type as 'u32' | 'i32' | 'f32',
  }));
  const constants = [...code.matchAll(/^\s*override\s+(\w+)/gm)].map(([, constant]) => constant);
  return { name, code, bindings, params, constants };
}

/** The bytes of a `Params` uniform. Every field must be given, and nothing else. */
export function packParams(shader: Shader, values: Record<string, number>): ArrayBuffer {
  for (const key of Object.keys(values)) {
    if (!shader.params.some((p) => p.name === key)) throw new Error(`${shader.name} has no parameter ${key}`);
  }
  const view = new DataView(new ArrayBuffer(Math.max(16, Math.ceil((shader.params.length * 4) / 16) * 16)));
  shader.params.forEach(({ name, type }, i) => {
    const value = values[name];
    if (value === undefined || Number.isNaN(value)) throw new Error(`${shader.name} needs parameter ${name}`);
    if (type === 'f32') view.setFloat32(i * 4, value, true);
    else if (type === 'i32') view.setInt32(i * 4, value, true);
    else view.setUint32(i * 4, value, true);
  });
  return view.buffer;
}
