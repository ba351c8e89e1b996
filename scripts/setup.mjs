/**
 * @file Installs what is missing, quietly, and does nothing (in milliseconds) where nothing is. Runs before the first
 * `npm ci`, so it uses Node alone.
 *
 * Each `ensure…` function throws a SetupError whose message is the one line for the user where something is missing
 * and cannot be installed. Every npm script goes through here; `node scripts/setup.mjs` installs the packages alone.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeFolder, makeFolder, userCache } from './user-cache.mjs';

export class SetupError extends Error {}

/** The checkout's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What belongs to this checkout alone; never checked in. */
export const cache = join(root, '.cache');

/** Installs the npm packages unless node_modules already holds exactly what package-lock.json names. */
export async function ensurePackages() {
  if (packagesAreInstalled()) return;
  await withLock('npm-ci', async () => {
    if (packagesAreInstalled()) return;
    const env = { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' };
    // The npm that runs this script leaves its own flags in the environment.
    for (const name of Object.keys(env)) if (/^npm_/i.test(name)) delete env[name];
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const { code, output } = await run(npm, args, { env });
    if (code !== 0) throw new SetupError(`The npm packages cannot be installed: npm ci says "${reason(output)}".`);
  });
}

function packagesAreInstalled() {
  const installedLock = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  let installed;
  try {
    installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return installed[path] ? installed[path].version === version : optional === true;
  });
}

/**
 * Makes sure that Dawn finds a WebGPU adapter, by installing lavapipe and the Vulkan loader where it finds none and
 * the system is a Debian or Ubuntu on which we are root. A good answer is remembered while the drivers stay the same.
 */
export async function ensureAdapter() {
  const drivers = describeDrivers();
  const folder = userCache();
  const remembered = folder && join(folder, 'adapter.json');
  if (remembered && readIfThere(remembered) === drivers) return;
  if (!(await dawnFindsAdapter())) {
    await aptInstall('a WebGPU adapter', ['mesa-vulkan-drivers', 'libvulkan1']);
    if (!(await dawnFindsAdapter())) {
      throw new SetupError('Dawn finds no WebGPU adapter although mesa-vulkan-drivers and libvulkan1 are installed.');
    }
  }
  try {
    if (remembered) writeFileSync(remembered, describeDrivers());
  } catch {
    // Dawn is asked again next time.
  }
}

/** A file's text; undefined where it is missing or cannot be read. */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** All that decides which adapters the Vulkan loader can find. */
function describeDrivers() {
  const folders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/dev/dri'];
  const files = folders.flatMap((folder) => listFolder(folder).map((name) => join(folder, name)));
  files.push('/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib/aarch64-linux-gnu/libvulkan.so.1');
  const times = files.map((file) => [file, statSync(file, { throwIfNoEntry: false })?.ctimeMs]);
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, VK_ADD_DRIVER_FILES } = process.env;
  return JSON.stringify([
    process.platform,
    times,
    findSwiftShader(),
    VK_ICD_FILENAMES,
    VK_DRIVER_FILES,
    VK_ADD_DRIVER_FILES,
  ]);
}

/** Asks Dawn in a process of its own, because the Vulkan loader keeps what it has once found. */
async function dawnFindsAdapter() {
  const code = `import { create } from 'webgpu'; process.exit((await create([]).requestAdapter()) ? 0 : 1);`;
  const env = { XDG_RUNTIME_DIR: tmpdir(), VK_ADD_DRIVER_FILES: findSwiftShader() ?? '', ...process.env };
  return (await run(process.execPath, ['--input-type=module', '-e', code], { env })).code === 0;
}

/** SwiftShader as a browser installs it; src/gpu/node.ts looks in the same folders. */
function findSwiftShader() {
  const folders = [
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/usr/lib64/chromium-browser',
    '/opt/google/chrome',
  ];
  folders.push(...playwrightFolders());
  return folders.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find(existsSync);
}

/** The Chromium for the tests in a browser, installed where there is none. Returns the path of its program. */
export async function ensureChromium() {
  const present = findChromium();
  if (present) return present;
  // Ubuntu's package of this name only points to a snap, so there Playwright's own build is taken.
  if (readOsRelease().ID === 'debian') {
    await aptInstall('Chromium', ['chromium']);
  } else {
    const playwright = join(root, 'node_modules/@playwright/test/cli.js');
    const { code, output } = await run(process.execPath, [playwright, 'install', '--no-shell', 'chromium'], {});
    if (code !== 0) {
      throw new SetupError(`Chromium is missing and cannot be installed: Playwright says "${reason(output)}".`);
    }
  }
  const installed = findChromium();
  if (!installed) throw new SetupError('Chromium is missing: install it, or name its program in CHROMIUM_PATH.');
  return installed;
}

/** The path of an installed Chromium or Chrome, or undefined. CHROMIUM_PATH comes first. */
export function findChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const programs = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];
  programs.push('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
  programs.push('C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe');
  programs.push(...playwrightFolders().map((folder) => join(folder, 'chrome')));
  return programs.find(existsSync);
}

function playwrightFolders() {
  const home = homeFolder();
  const browsers = process.env.PLAYWRIGHT_BROWSERS_PATH ?? (home && join(home, '.cache/ms-playwright'));
  const versions = (browsers ? listFolder(browsers) : []).filter((name) => /^chromium-\d/.test(name));
  return versions.flatMap((version) => [
    join(browsers, version, 'chrome-linux64'),
    join(browsers, version, 'chrome-linux'),
  ]);
}

/**
 * The Python with the packages of tools/reference: REFERENCE_PYTHON where it is set, else a virtual environment in
 * .cache/reference made from tools/reference/requirements.txt and kept while that file stays the same.
 */
export async function ensureReferencePython() {
  if (process.env.REFERENCE_PYTHON) return process.env.REFERENCE_PYTHON;
  const folder = join(cache, 'reference');
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const requirementsFile = join(root, 'tools/reference/requirements.txt');
  const requirements = readFileSync(requirementsFile, 'utf8');
  const stamp = join(folder, 'requirements.txt');
  const isReady = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === requirements;
  if (isReady()) return python;
  await withLock('reference', async () => {
    if (isReady()) return;
    rmSync(folder, { recursive: true, force: true });
    // Debian packs what venv needs apart from python3.
    if ((await run('python3', ['-c', 'import ensurepip'], {})).code !== 0) {
      await aptInstall("Python's venv", ['python3-venv']);
    }
    const steps = [
      ['python3', ['-m', 'venv', folder]],
      // torch first and alone: anything else that asks for it could bring a build for another machine.
      [python, ['-m', 'pip', 'install', '--quiet', ...requirements.match(/^torch==.*$/gm).map((line) => line.trim())]],
      [python, ['-m', 'pip', 'install', '--quiet', '-r', requirementsFile]],
    ];
    for (const [program, args] of steps) {
      const { code, output } = await run(program, args, {});
      if (code !== 0) {
        throw new SetupError(`The Python reference cannot be installed: ${program} says "${reason(output)}".`);
      }
    }
    writeFileSync(stamp, requirements);
  });
  return python;
}

/**
 * The Python of tools/scale's and tools/pretrain's tests: a virtual environment in .cache/scale that sees the reference's packages, torch among
 * them, and has beside them what the package's `test` extra names. SCALE_PYTHON where it is set.
 */
export async function ensureScalePython() {
  if (process.env.SCALE_PYTHON) return process.env.SCALE_PYTHON;
  const reference = await ensureReferencePython();
  const folder = join(cache, 'scale');
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const project = readFileSync(join(root, 'tools/scale/pyproject.toml'), 'utf8');
  const stamp = join(folder, 'pyproject.toml');
  const isReady = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === `# ${reference}\n${project}`;
  if (isReady()) return python;
  await withLock('scale', async () => {
    if (isReady()) return;
    rmSync(folder, { recursive: true, force: true });
    const packages = /^test = \[(.*)\]$/m.exec(project)[1].match(/[^",\s]+/g);
    // A .pth file, because --system-site-packages would pass by the environment that the reference is.
    const link =
      'import subprocess, sys, sysconfig; open(sysconfig.get_path("purelib") + "/reference.pth", "w").write(' +
      'subprocess.check_output([sys.argv[1], "-c", "import sysconfig; print(sysconfig.get_path(\'purelib\'))"], text=True))';
    const steps = [
      [reference, ['-m', 'venv', folder]],
      [python, ['-c', link, reference]],
      [python, ['-m', 'pip', 'install', '--quiet', ...packages]],
    ];
    for (const [program, args] of steps) {
      const { code, output } = await run(program, args, {});
      if (code !== 0) {
        throw new SetupError(`The Python of tools/scale cannot be installed: ${program} says "${reason(output)}".`);
      }
    }
    writeFileSync(stamp, `# ${reference}\n${project}`);
  });
  return python;
}

/** Installs Debian packages as root or with a sudo that asks nothing. `purpose` names what is missing otherwise. */
async function aptInstall(purpose, packages) {
  const missing = `${purpose} is missing and cannot be installed`;
  const advice = `install ${packages.join(' and ')}, or what gives the same on your system`;
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) {
    throw new SetupError(`${capital(missing)} here: ${advice}.`);
  }
  const asRoot = process.getuid() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && (await run('sudo', ['-n', 'true'], {})).code !== 0) {
    throw new SetupError(`${capital(missing)} without root: ${advice}.`);
  }
  const apt = async (...args) => {
    const command = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-y'];
    command.push('-o', 'DPkg::Lock::Timeout=300', ...args);
    return run(command[0], command.slice(1), {});
  };
  const isBookworm = readOsRelease().VERSION_CODENAME === 'bookworm';
  // Dawn refuses the Mesa 22.3 of Debian 12 itself.
  const needsBackports = isBookworm && packages.includes('mesa-vulkan-drivers');
  if (needsBackports && !(await run('apt-cache', ['policy'], {})).output.includes('bookworm-backports')) {
    const line = 'deb http://deb.debian.org/debian bookworm-backports main';
    const file = '/etc/apt/sources.list.d/bookworm-backports.list';
    const tee = [...asRoot, 'sh', '-c', `echo '${line}' > ${file}`];
    await run(tee[0], tee.slice(1), {});
  }
  await apt('update');
  const target = needsBackports ? ['-t', 'bookworm-backports'] : [];
  const { code, output } = await apt('install', '--no-install-recommends', ...target, ...packages);
  if (code !== 0) throw new SetupError(`${capital(missing)}: apt-get says "${reason(output)}".`);
}

function readOsRelease() {
  if (!existsSync('/etc/os-release')) return {};
  const lines = readFileSync('/etc/os-release', 'utf8').matchAll(/^(\w+)="?([^"\n]*)"?$/gm);
  return Object.fromEntries([...lines].map(([, key, value]) => [key, value]));
}

/** Runs `task` while no other process holds the lock of that name in `folder`; a dead process holds none. */
export async function withLock(name, task, folder = join(cache, 'locks')) {
  const file = join(folder, `${name}.pid`);
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new SetupError(`${folder} cannot be written (${error.code}), which ${name} needs: run it as who owns it.`);
  }
  while (!takeLock(file)) await new Promise((resolve) => setTimeout(resolve, 100));
  try {
    return await task();
  } finally {
    rmSync(file, { force: true });
  }
}

function takeLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = Number(existsSync(file) ? readFileSync(file, 'utf8') : 0);
  if (holder > 0 && !isAlive(holder)) rmSync(file, { force: true });
  return false;
}

/** Whether the process still runs; one that has ended but was not yet collected by its parent does not. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !/^State:\s+[ZX]/m.test(process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : '');
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs a program silently. Resolves to its exit code and all it printed; a program that is missing has code 127. */
export function run(program, args, options) {
  return new Promise((resolve) => {
    const settings = { cwd: root, maxBuffer: 64 * 2 ** 20, shell: program.endsWith('.cmd'), ...options };
    execFile(program, args, settings, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 127) : 0;
      resolve({ code, output: `${stdout}${stderr}` || (error?.message ?? '') });
    });
  });
}

/** Runs `main` and ends the process: with its exit code, or with code 1 after one line that says what is wrong. */
export async function runScript(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : describeDefect(error));
    process.exitCode = 1;
  }
}

/** One line for an error that nobody foresaw; its stack goes to a log. */
function describeDefect(error) {
  const line = `This is a defect of the scripts: ${String(error?.message ?? error).replace(/\s*\n\s*/g, ' ')}`;
  try {
    const log = join(userCache('logs'), `scripts-${process.pid}.log`);
    writeFileSync(log, `${error?.stack ?? error}\n`);
    return `${line} (details in ${log})`;
  } catch {
    return line;
  }
}

/** Removes what lies in the folder for more than a day: builds and logs that nothing needs any more. */
export function removeOlderThanADay(folder) {
  for (const name of listFolder(folder)) {
    const path = join(folder, name);
    try {
      const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
      if (Date.now() - mtimeMs > 24 * 3600 * 1000) rmSync(path, { recursive: true, force: true });
    } catch {
      // Somebody else's.
    }
  }
}

/** The names in a folder, sorted; none where it is missing or cannot be read. */
function listFolder(folder) {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The line of a program's output that says why it failed. */
function reason(output) {
  const lines = output.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  const telling = lines.filter((line) => line && !/^(npm warn|code |errno |syscall |A complete log)/i.test(line));
  return (
    telling.find((line) => /^(E:|error)/i.test(line)) ?? telling[output.startsWith('npm') ? 0 : telling.length - 1]
  );
}

function capital(sentence) {
  return sentence[0].toUpperCase() + sentence.slice(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript(ensurePackages);
