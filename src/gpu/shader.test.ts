import { describe, expect, it } from 'vitest';
import { testGpu } from '../compiler/testing';
import { loadShader, packParams, shaderNames } from './shader';

describe('loadShader', () => {
  it('reads bindings and parameters from the text', () => {
    const { bindings, params, constants } = loadShader('add/forward');
    expect(bindings).toEqual([
      { name: 'a', binding: 1, writable: false },
      { name: 'b', binding: 2, writable: false },
      { name: 'out', binding: 3, writable: true },
    ]);
    expect(params).toEqual([
      { name: 'count', type: 'u32' },
      { name: 'period', type: 'u32' },
    ]);
    expect(constants).toEqual([]);
  });
  it('reads several parameters of a line, other types and overrides', () => {
    const copy = loadShader('copy/scalar');
    expect(copy.params.map((p) => p.name)).toContain('size_5');
    expect(copy.params).toHaveLength(21);
    expect(copy.constants).toEqual(['AXES']);
    expect(loadShader('scale/forward').params[1]).toEqual({ name: 'factor', type: 'f32' });
  });
  it('pastes an include, and what that includes, once', () => {
    const { code } = loadShader('copy/vec4');
    expect(code).not.toContain('#include');
    expect(code.match(/fn flat_index\(/g)).toHaveLength(1);
    expect(code.match(/fn main\(/g)).toHaveLength(1);
  });
  it('puts enable directives first', () => {
    const withEnable = shaderNames().filter((name) => /^enable /m.test(loadShader(name).code));
    for (const name of withEnable) {
      const text = loadShader(name).code.trimStart();
      expect(text.startsWith('enable ')).toBe(true);
      expect(text.replace(/^(enable .*;\s*)+/, '')).not.toMatch(/^enable /m);
    }
  });
  it('includes what the values of a kernel name, and nothing else', () => {
    const { code, bindings } = loadShader('matmul/tiled weights=f16');
    expect(code).toContain('b: array<vec2<u32>>');
    expect(code).not.toContain('#parameter');
    expect(code).not.toContain('#include');
    expect(bindings.map(({ name }) => name)).toContain('b');
    expect(loadShader('matmul/tiled weights=f32').code).toContain('b: array<vec4<f32>>');
  });
  it('names what does not exist', () => {
    expect(() => loadShader('add/sideways')).toThrow('shaders/add/sideways.wgsl does not exist');
    expect(() => loadShader('softmax/forward')).toThrow(
      'is no kernel, expected softmax/forward rows=invocation|workgroup',
    );
    expect(() => loadShader('softmax/forward rows=many')).toThrow('is no kernel');
    expect(() => loadShader('add/forward rows=invocation')).toThrow('is no kernel, expected add/forward');
  });
});

describe('shaderNames', () => {
  it('lists kernels and not what they include', () => {
    expect(shaderNames()).toContain('add/forward');
    expect(shaderNames()).not.toContain('common/index');
    expect(shaderNames()).toContain('conv2d/registers weights=bf16 input=any');
    expect(shaderNames()).not.toContain('conv2d/registers');
  });
});

describe('packParams', () => {
  const shader = loadShader('scale/forward');

  it('lays fields out in their order and type, padded to 16 bytes', () => {
    const bytes = packParams(shader, { factor: -0.5, size: 7 });
    expect(bytes.byteLength).toBe(16);
    expect(new Uint32Array(bytes)[0]).toBe(7);
    expect(new Float32Array(bytes)[1]).toBe(-0.5);
    expect(packParams(loadShader('copy/scalar'), fields('copy/scalar')).byteLength).toBe(96);
  });
  it('names a parameter that is missing, unknown or not a number', () => {
    expect(() => packParams(shader, { size: 7 })).toThrow('scale/forward needs parameter factor');
    expect(() => packParams(shader, { size: 7, factor: Number.NaN })).toThrow('scale/forward needs parameter factor');
    expect(() => packParams(shader, { size: 7, factor: 1, bias: 0 })).toThrow('scale/forward has no parameter bias');
  });
  const fields = (name: string) => Object.fromEntries(loadShader(name).params.map((p, i) => [p.name, i]));
});

describe('every kernel', () => {
  const features = (name: string) =>
    [...loadShader(name).code.matchAll(/^enable (.*);$/gm)].map(([, f]) => (f === 'f16' ? 'shader-f16' : f));

  it('compiles on this adapter with its default constants, and 1 for one that has none', async () => {
    const gpu = await testGpu();
    const runnable = shaderNames().filter((n) => features(n).every((f) => gpu.description.features.includes(f)));
    // Only kernels that ask for a feature may be out of an adapter's reach.
    expect(shaderNames().filter((n) => features(n).length === 0 && !runnable.includes(n))).toEqual([]);
    expect(runnable.length).toBeGreaterThan(10);
    for (const name of runnable) {
      const required = loadShader(name).code.matchAll(/^\s*override\s+(\w+)\s*:\s*\w+\s*;/gm);
      await gpu.pipeline(name, Object.fromEntries([...required].map(([, constant]) => [constant, 1])));
    }
  });
  it.each(shaderNames())('%s stays within the limits of every adapter', (name) => {
    const { code, bindings } = loadShader(name);
    expect(bindings.length).toBeGreaterThan(0);
    expect(bindings.length).toBeLessThanOrEqual(8);
    expect(new Set(bindings.map((b) => b.binding)).size).toBe(bindings.length);
    for (const [, size] of code.matchAll(/@workgroup_size\(([^)]*)\)/g)) {
      const invocations = size.split(',').map((n) => Number.parseInt(n, 10));
      if (invocations.every(Number.isFinite)) {
        expect(invocations.reduce((a, b) => a * b, 1)).toBeLessThanOrEqual(256);
      }
    }
  });
});
