// Builds dist/postmortem-plugin.cjs (what ships), and the tools that are named as arguments (demo, bench).
// Installs the packages first when they are missing or not the locked ones, so that a fresh clone needs one command.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

const root = fileURLToPath(new URL('.', import.meta.url));

function installed() {
  try {
    const wanted = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')).packages;
    const present = JSON.parse(readFileSync(`${root}node_modules/.package-lock.json`, 'utf8')).packages;
    return Object.entries(wanted).every(
      ([path, entry]) => path === '' || entry.optional || present[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

if (!installed()) {
  console.log('Installing packages (npm ci) ...');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit' });
}

const esbuild = await import('esbuild');
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** ssh2 tries two native add-ons and falls back to Node's own crypto without them: they stay out of the bundle. */
const withoutNativeAddons = {
  name: 'without-native-addons',
  setup(build) {
    build.onResolve({ filter: /(^cpu-features$|\.node$)/ }, ({ path }) => ({ path, namespace: 'native-addon' }));
    build.onLoad({ filter: /.*/, namespace: 'native-addon' }, () => ({
      contents: 'throw new Error("native add-on left out of the bundle")',
    }));
  },
};

/**
 * What would never run: axios, which node-vault loads at its start although we hand it a transport of our own, and undici's parser for
 * processors without SIMD, which amd64 and arm64 are not.
 */
const withoutUnused = {
  name: 'without-unused',
  setup(build) {
    build.onResolve({ filter: /^axios$|\/llhttp-wasm(?:\.js)?$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  loader: { '.md': 'text', '.yml': 'text', '.css': 'text', '.svg': 'text', '.client.js': 'text' },
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [withoutNativeAddons, withoutUnused],
  legalComments: 'none',
  logLevel: 'warning',
};

/** What the quickest commands use is not compressed: they would wait for the unpacking. */
const QUICK = ['src/settings/command-line.ts', 'src/settings/settings.ts', 'src/actions/list.ts'];

/**
 * One file, of which each command loads only what it uses: V8 would have to read through all two and a half megabytes otherwise. esbuild
 * cuts the code where it says `import()`; what every start needs stays as it is, the other pieces follow in one comment.
 */
async function packed(entryPoint) {
  const { outputFiles, metafile } = await esbuild.build({
    ...common,
    entryPoints: [entryPoint],
    outdir: '/',
    write: false,
    metafile: true,
    format: 'esm',
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
  });
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const entry = [...outputs].find(([, output]) => output.entryPoint === entryPoint)[0];
  const imports = (name) => outputs.get(name).imports.filter(({ kind, external }) => kind === 'import-statement' && !external).map(({ path }) => basename(path));
  const withImports = (names) => {
    const all = new Set(names);
    for (const name of all) for (const needed of imports(name)) all.add(needed);
    return all;
  };
  const atOnce = withImports([entry]);
  const quick = withImports([...outputs.keys()].filter((name) => QUICK.includes(outputs.get(name).entryPoint)));

  const plain = [];
  const places = {};
  let data = '';
  for (const { path, text } of outputFiles) {
    const name = basename(path);
    const minifyIdentifiers = isOfLibraries(outputs.get(name));
    const { code } = await esbuild.transform(text, { minifyIdentifiers, format: 'cjs', platform: 'node', target: common.target, supported: { 'dynamic-import': false }, minifyWhitespace: true });
    if (atOnce.has(name)) {
      plain.push(`${JSON.stringify(name)}(exports,require,module){${code}}`);
      continue;
    }
    const wrapped = `module.exports=(function(exports,require,module){${code}})`;
    const isPacked = !quick.has(name);
    const piece = isPacked ? brotliCompressSync(wrapped).toString('base64') : asciiComment(wrapped);
    places[name] = [data.length, data.length + piece.length, isPacked];
    data += piece;
  }
  const head = `#!/usr/bin/env node\n"use strict";const plain={${plain.join(',')}},places=${JSON.stringify(places)},comment=()=>{/*${data}*/};`;
  return `${head}(${loadPieces})(${JSON.stringify(entry)},plain,places,comment,require,__filename);\n`;
}

/** Whether most of a piece is code of packages: its names are shortened. Ours stay as they are, for stack traces. */
function isOfLibraries({ inputs, bytes }) {
  const libraries = Object.entries(inputs).filter(([path]) => path.startsWith('node_modules/'));
  return libraries.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0) > bytes / 2;
}

/** Code as it may stand in a comment of a file that is plain ASCII, which V8 reads twice as fast: `\x01` and four digits for other characters. */
function asciiComment(code) {
  return code.replaceAll(/[^\0-\x7f]|\x01|(?<=\*)\//g, (text) => `\x01${text.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Becomes part of the bundle: gives modules to each other, those of the comment when they are first needed. */
function loadPieces(entry, plain, places, comment, nodeRequire, file) {
  const loaded = new Map();
  let data = null;
  function code(name) {
    const [start, end, isPacked] = places[name];
    // A function's text is what it was compiled from, its comment too: the file need not be read a second time.
    data ??= String(comment).slice('()=>{/*'.length);
    const piece = data.slice(start, end);
    if (isPacked) return nodeRequire('node:zlib').brotliDecompressSync(Buffer.from(piece, 'base64')).toString();
    return piece.replaceAll(/\x01(....)/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
  }
  function compiled(name) {
    // As Node compiles files, so that its compile cache works for pieces, too.
    const wrapper = new (nodeRequire('node:module'))(`${file}/${name}`);
    wrapper._compile(code(name), wrapper.id);
    return wrapper.exports;
  }
  function load(path) {
    if (!path.startsWith('./')) return nodeRequire(path);
    const name = path.slice(2);
    const known = loaded.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    (plain[name] ?? compiled(name))(module.exports, load, module);
    return module.exports;
  }
  load(`./${entry}`);
}

await mkdir(`${root}dist`, { recursive: true });
await writeFile(`${root}dist/postmortem-plugin.cjs`, await packed('src/main.ts'), { mode: 0o755 });
chmodSync(`${root}dist/postmortem-plugin.cjs`, 0o755);

/** Tools beside the plugin, built when they are named: `node build.mjs demo`. They use the tests' fakes, which the image's build lacks. */
const TOOLS = { demo: 'examples/demo/demo.ts', bench: 'bench/bench.ts', 'bench-parse': 'bench/parse.ts' };
for (const tool of process.argv.slice(2)) {
  await esbuild.build({
    ...common,
    entryPoints: [TOOLS[tool]],
    outfile: `dist/${tool}.mjs`,
    format: 'esm',
    packages: 'external',
  });
}
