// Makes the files of a release in dist/release/, from a clean checkout of a tag:
//
//   npm run release            (node .ci/release.mjs)
//
//   postmortem-plugin   the bundle, executable: the file for Woodpecker's local backend
//   sbom.cdx.json       what is in it: CycloneDX by npm, cut down to the packages whose code the bundle holds
//   sha256sums          of both, for `sha256sum --check`
//
// In a pipeline of a tag (CI_COMMIT_TAG) the tag must be the version of package.json. Two runs on the same commit give the same bytes:
// what npm makes up anew each time (serial number, time) is left out, which CycloneDX allows.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const release = `${root}dist/release/`;
const read = (path) => JSON.parse(readFileSync(`${root}${path}`, 'utf8'));
const { name, version } = read('package.json');

const tag = process.env.CI_COMMIT_TAG;
if (tag && tag !== `v${version}`) {
  console.error(`The tag ${tag} is not v${version}, the version of package.json. Set the version, or tag another commit.`);
  process.exit(1);
}

// Installs the packages first when they are not the locked ones.
execFileSync(process.execPath, ['build.mjs'], { cwd: root, stdio: 'inherit' });

rmSync(release, { recursive: true, force: true });
mkdirSync(release, { recursive: true });
cpSync(`${root}dist/postmortem-plugin.cjs`, `${release}postmortem-plugin`);
chmodSync(`${release}postmortem-plugin`, 0o755);
writeFileSync(`${release}sbom.cdx.json`, `${JSON.stringify(billOfMaterials(await bundledPackages()), null, 2)}\n`);
const files = ['postmortem-plugin', 'sbom.cdx.json'];
writeFileSync(`${release}sha256sums`, files.map((file) => `${sha256(`${release}${file}`)}  ${file}\n`).join(''));
console.log(`${readFileSync(`${release}sha256sums`, 'utf8')}in dist/release/, version ${version}`);

/** `name@version` of every package of which at least a byte is in the bundle. */
async function bundledPackages() {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    splitting: true,
    loader: { '.md': 'text', '.yml': 'text', '.css': 'text', '.svg': 'text', '.client.js': 'text' },
    define: { __VERSION__: '""' },
    // What build.mjs leaves out of the bundle.
    external: ['axios', 'cpu-features', '*.node'],
    logLevel: 'error',
  });
  const locked = read('package-lock.json').packages;
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? (/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []) : []));
  const development = folders.filter((folder) => locked[folder].dev);
  if (development.length > 0) throw new Error(`in the bundle, but only a package for development: ${development.join(', ')}`);
  return new Set(folders.map((folder) => `${folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${locked[folder].version}`));
}

function billOfMaterials(packages) {
  // Without `--omit dev`: npm 11 then leaves out picomatch as well, which packages for development happen to use, too.
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const { serialNumber, metadata, components, dependencies, ...sbom } = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8', maxBuffer: 1e8, stdio: ['ignore', 'pipe', 'inherit'] }));
  const known = new Set(components.map((component) => component['bom-ref']));
  const unknown = [...packages].filter((reference) => !known.has(reference));
  if (unknown.length > 0) throw new Error(`in the bundle, but unknown to npm sbom: ${unknown.join(', ')}`);
  const { timestamp, ...rest } = metadata;
  // npm takes the folder's name.
  const self = { ...rest.component, name };
  return {
    ...sbom,
    metadata: { ...rest, component: self },
    components: components.filter((component) => packages.has(component['bom-ref'])).map(withLicence),
    dependencies: dependencies
      .filter(({ ref }) => ref === self['bom-ref'] || packages.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((reference) => packages.has(reference)) })),
  };
}

/** Old packages say it in lists, which npm takes no notice of. */
function withLicence(component) {
  if (component.licenses?.length > 0) return component;
  const { license, licenses = license } = read(`node_modules/${component.name}/package.json`);
  return { ...component, licenses: licenses.map(({ type }) => ({ license: { name: type } })) };
}

function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
