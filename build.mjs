// Bundles kdev into dist/: run by `npm ci` (prepare) and `npm run build`. Takes about a second. Safe while a kdev of
// the build before runs, and while another build does: files appear whole, and parts that a running kdev may still
// load stay for a day.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { clientBundling } from './client-bundling.mjs';
import { inkBundling } from './ink-bundling.mjs';

const root = import.meta.dirname;
const dist = path.join(root, 'dist');

/** Packages that load files of their own at run time, or that only building needs. */
const external = ['jiti', 'ssh2', 'cpu-features', '*.node', 'bufferutil', 'utf-8-validate'];

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  legalComments: 'none',
  write: false,
};

const partsDir = path.join(dist, 'parts');
const keepPartsMs = 24 * 60 * 60 * 1000;

/** Parts before whatever imports them. */
async function writeOutputs({ outputFiles }) {
  const isPart = (file) => path.dirname(file.path) === partsDir;
  const programsLast = [...outputFiles].sort((a, b) => Number(isPart(b)) - Number(isPart(a)));
  for (const file of programsLast) await writeWhole(file.path, file.contents);
}

async function writeWhole(file, contents) {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, contents);
  await rename(temporary, file);
}

async function removeOldParts() {
  for (const name of await readdir(partsDir)) {
    const file = path.join(partsDir, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > keepPartsMs) await rm(file, { force: true });
  }
}

/** Packages in CommonJS call `require` for Node's own modules, which a bundle in ESM does not have. */
const banner = {
  js: "import { createRequire as kdevCreateRequire } from 'node:module'; const require = kdevCreateRequire(import.meta.url);",
};

const programs = {
  kdev: 'src/cli/main.ts',
  index: 'src/index.ts',
  images: 'src/images/main.ts',
  demo: 'src/demo/main.ts',
};

async function bundlePrograms() {
  const present = Object.entries(programs).filter(([, file]) => existsSync(path.join(root, file)));
  const result = await build({
    ...common,
    entryPoints: Object.fromEntries(present),
    outdir: dist,
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    external,
    banner,
    ...inkBundling,
    plugins: [...inkBundling.plugins, clientBundling],
  });
  await writeOutputs(result);
}

/** The agent runs in the sidecar, where there is nothing but Node: one file. */
async function bundleAgent() {
  if (!existsSync(path.join(root, 'sidecar/main.ts'))) return;
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const result = await build({
    ...common,
    entryPoints: { agent: 'sidecar/main.ts' },
    outdir: dist,
    define: { KDEV_VERSION: JSON.stringify(version) },
  });
  await writeOutputs(result);
}

const relativeImport = /^((?:import|export)[^;]* from ['"](\.[^'"]*))\.ts(['"];)/gm;

/** Declarations of what `src/index.ts` exports, file by file and without a type check. */
async function writeDeclarations(file = 'src/index.ts', done = new Set()) {
  if (done.has(file)) return;
  done.add(file);
  const source = await readFile(path.join(root, file), 'utf8');
  const { outputText } = ts.transpileDeclaration(source, {
    fileName: file,
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, strict: true },
  });
  const target = path.join(dist, path.relative('src', file).replace(/\.ts$/, '.d.ts'));
  await writeWhole(target, outputText.replaceAll(relativeImport, '$1.js$3'));
  for (const [, , imported] of outputText.matchAll(relativeImport)) {
    await writeDeclarations(path.join(path.dirname(file), `${imported}.ts`), done);
  }
}

await Promise.all([bundlePrograms(), bundleAgent(), writeDeclarations()]);
await removeOldParts();
