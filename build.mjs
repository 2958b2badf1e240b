// Builds the bundles: dist/postmortem-plugin.cjs (what ships) and the tools beside it (demo, bench).
// Installs the packages first when they are missing or not the locked ones, so that a fresh clone needs one command.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
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

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  loader: { '.md': 'text' },
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [withoutNativeAddons],
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

for (const tool of ['demo', 'bench']) {
  const entry = tool === 'demo' ? 'examples/demo/demo.ts' : 'bench/bench.ts';
  if (existsSync(root + entry)) {
    await esbuild.build({ ...common, entryPoints: [entry], outfile: `dist/${tool}.cjs`, logOverride: { 'empty-import-meta': 'silent' } });
  }
}
