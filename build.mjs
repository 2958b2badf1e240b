// Builds dist/postmortem-plugin.cjs (what ships), and the tools that are named as arguments (demo, bench).
// Installs the packages first when they are missing or not the locked ones, so that a fresh clone needs one command.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

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

/** node-vault loads axios at its start, and we hand it a transport of our own: axios would be a third of a megabyte that never runs. */
const withoutAxios = {
  name: 'without-axios',
  setup(build) {
    build.onResolve({ filter: /^axios$/ }, () => ({ path: 'axios', namespace: 'left-out' }));
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
  plugins: [withoutNativeAddons, withoutAxios],
  legalComments: 'none',
  logLevel: 'warning',
};

await esbuild.build({
  ...common,
  entryPoints: ['src/main.ts'],
  outfile: 'dist/postmortem-plugin.cjs',
  banner: { js: '#!/usr/bin/env node' },
  minifySyntax: true,
  minifyWhitespace: true,
});
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
