/**
 * @file Builds a Node program from the TypeScript and WGSL sources, only where they are newer than its build.
 *
 * A build lives in build/NAME/FINGERPRINT, the fingerprint of its sources, and appears there by one rename: programs
 * that start together never see half a build, and one that runs keeps its own. Where the checkout cannot be written a
 * build that lies there is used, else one is made in the user's cache folder.
 */
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { removeOlderThanADay, root, SetupError, withLock } from './setup.mjs';
import { makeFolder, userCache } from './user-cache.mjs';

/**
 * @param name folder under build/
 * @param entry source file, e.g. `src/cli/main.ts`; it may import `/shaders/**` with `?raw`
 * @returns the path of the built program
 */
export async function buildNode(name, entry) {
  const programIn = (folder) => join(folder, name, fingerprint(programSources()), 'main.mjs');
  const inCheckout = join(root, 'build');
  if (existsSync(programIn(inCheckout))) return programIn(inCheckout);
  const folder = buildFolder(inCheckout);
  if (existsSync(programIn(folder))) return programIn(folder);
  return withLock(
    `build-${name}`,
    async () => {
      for (;;) {
        const built = programIn(folder);
        if (existsSync(built)) return built;
        const half = `${join(built, '..')}.${process.pid}`;
        try {
          await viteBuild(nodeProgram(entry, half));
        } catch (error) {
          rmSync(half, { recursive: true, force: true });
          throw error;
        }
        // Sources that changed meanwhile are built again, since it is unknown which of both were read.
        if (programIn(folder) !== built) {
          rmSync(half, { recursive: true, force: true });
          continue;
        }
        renameSync(half, join(built, '..'));
        removeOlderThanADay(join(folder, name));
        return built;
      }
    },
    join(folder, 'locks'),
  );
}

/** build/ in the checkout, else a folder in the user's cache that finds the checkout's packages. */
function buildFolder(inCheckout) {
  try {
    makeFolder(inCheckout);
    accessSync(inCheckout, constants.W_OK | constants.X_OK);
    return inCheckout;
  } catch (error) {
    const folder = userCache(join('builds', createHash('sha256').update(root).digest('hex').slice(0, 16)));
    if (!folder) {
      throw new SetupError(
        `The program cannot be built: ${inCheckout} cannot be written (${error.code}), nor can a cache or temporary folder.`,
      );
    }
    const packages = join(folder, 'node_modules');
    if (!existsSync(packages)) {
      rmSync(packages, { force: true });
      symlinkSync(join(root, 'node_modules'), packages);
    }
    return folder;
  }
}

/** vite's settings for a program; npm packages stay in node_modules. Read from no file, since vite copies that first. */
const nodeProgram = (entry, outDir) => ({
  configFile: false,
  publicDir: false,
  ssr: { external: ['webgpu', 'onnxruntime-web'] },
  build: {
    ssr: entry,
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
    rollupOptions: { output: { entryFileNames: 'main.mjs' } },
  },
});

/** Builds the static site into dist/, bench.html after the studio, unless it was built from these very sources. */
export async function buildSite() {
  const stamp = join(root, 'build/site.txt');
  const sources = () =>
    fingerprint([...sourceFiles(), ...listFiles('public'), 'index.html', 'bench.html', 'vite.config.ts']);
  const isBuilt = () =>
    existsSync(join(root, 'dist/index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources();
  await withLock('build-site', async () => {
    if (isBuilt()) return;
    const before = sources();
    await viteBuild({ build: { emptyOutDir: true } });
    await viteBuild({ mode: 'bench', build: {} });
    mkdirSync(join(root, 'build'), { recursive: true });
    writeFileSync(stamp, before);
  });
}

async function viteBuild({ build, ...settings }) {
  const environment = process.env.NODE_ENV;
  const { build: viteBuilder } = await import('vite');
  try {
    await viteBuilder({ ...settings, root, logLevel: 'silent', build: { ...build, reportCompressedSize: false } });
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

const programSources = () => [...sourceFiles(), 'scripts/build-node.mjs', 'scripts/user-cache.mjs'];

function sourceFiles() {
  const files = ['src', 'shaders', 'bench'].flatMap(listFiles).filter((file) => !/\.test\.tsx?$/.test(file));
  return [...files, 'package-lock.json'].sort();
}

function listFiles(folder) {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1));
}
