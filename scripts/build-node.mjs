/**
 * @file Builds a Node program from the TypeScript and WGSL sources, only where they are newer than its build.
 *
 * A build lives in build/NAME/FINGERPRINT, the fingerprint of its sources, and appears there by one rename: programs
 * that start together never see half a build, and one that runs keeps its own.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeOlderThanADay, root, SetupError, withLock } from './setup.mjs';

/**
 * @param name folder under build/
 * @param entry source file, e.g. `src/cli/main.ts`; it may import `/shaders/**` with `?raw`
 * @returns the path of the built program
 */
export async function buildNode(name, entry) {
  const program = () => join(root, 'build', name, fingerprint(sourceFiles()), 'main.mjs');
  if (existsSync(program())) return program();
  return withLock(`build-${name}`, async () => {
    for (;;) {
      const built = program();
      if (existsSync(built)) return built;
      const folder = join(built, '..');
      const half = `${folder}.${process.pid}`;
      await viteBuild({
        ssr: entry,
        outDir: half,
        emptyOutDir: true,
        rollupOptions: { output: { entryFileNames: 'main.mjs' } },
      });
      // Sources that changed meanwhile are built again, since it is unknown which of both were read.
      if (program() !== built) {
        rmSync(half, { recursive: true, force: true });
        continue;
      }
      renameSync(half, folder);
      removeOlderThanADay(join(root, 'build', name));
      return built;
    }
  });
}

/** Builds the static site into dist/ unless it was built from these very sources. */
export async function buildSite() {
  const stamp = join(root, 'build/site.txt');
  const sources = () => fingerprint([...sourceFiles(), ...listFiles('public'), 'index.html']);
  const isBuilt = () =>
    existsSync(join(root, 'dist/index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources();
  await withLock('build-site', async () => {
    if (isBuilt()) return;
    const before = sources();
    await viteBuild({ emptyOutDir: true });
    writeFileSync(stamp, before);
  });
}

async function viteBuild(build) {
  const environment = process.env.NODE_ENV;
  const { build: viteBuilder } = await import('vite');
  mkdirSync(join(root, 'build'), { recursive: true });
  try {
    await viteBuilder({ root, logLevel: 'silent', build: { ...build, reportCompressedSize: false } });
  } catch (error) {
    throw new SetupError(`The sources do not build: ${String(error.message).replace(/\s*\n\s*/g, ' ')}`);
  } finally {
    // vite sets it to production, which the programs started from here must not inherit.
    if (environment === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = environment;
  }
}

/** Changes with the names, sizes and times of the files. */
function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file), { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function sourceFiles() {
  const files = ['src', 'shaders', 'bench'].flatMap(listFiles).filter((file) => !/\.test\.tsx?$/.test(file));
  return [...files, 'package-lock.json', 'vite.config.ts'].sort();
}

function listFiles(folder) {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1));
}
