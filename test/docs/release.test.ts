import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { project } from '../support/bundle.ts';

const { version } = JSON.parse(readFileSync(`${project}package.json`, 'utf8')) as { version: string };

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'postmortem-release-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What a release is made from, in another folder. */
function copyOfTheProject(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const path of ['package.json', 'package-lock.json', '.npmrc', 'build.mjs', 'tsconfig.json', 'src', 'examples', '.ci/release.mjs']) {
    cpSync(`${project}${path}`, join(folder, path), { recursive: true });
  }
  // Hard links: the packages are many and only read.
  execFileSync('sh', ['-c', 'cp -al "$0" "$1" 2>/dev/null || { rm -rf "$1"; cp -a "$0" "$1"; }', `${project}node_modules`, join(folder, 'node_modules')]);
  return folder;
}

function makeRelease(folder: string, umask: string, env: Readonly<Record<string, string>>) {
  const { PATH = '', HOME = '' } = process.env;
  return spawnSync('sh', ['-c', `umask ${umask}; exec "$0" .ci/release.mjs`, process.execPath], { cwd: folder, env: { PATH, HOME, ...env }, encoding: 'utf8' });
}

describe('npm run release', () => {
  let here: string;
  let there: string;
  beforeAll(() => {
    here = copyOfTheProject(join(dir, 'here'));
    there = copyOfTheProject(join(dir, 'a deeper', 'folder with blanks'));
    const made = [makeRelease(here, '022', { TZ: 'UTC' }), makeRelease(there, '077', { TZ: 'Pacific/Kiritimati', LC_ALL: 'C', CI_COMMIT_TAG: `v${version}` })];
    for (const { status, stderr } of made) expect(status, stderr).toBe(0);
  });
  const released = (folder: string, name: string) => join(folder, 'dist/release', name);

  it('makes the bundle, its bill of materials and the sums of both', () => {
    expect(readdirSync(join(here, 'dist/release')).sort()).toEqual(['postmortem-plugin', 'sbom.cdx.json', 'sha256sums']);
    const checked = execFileSync('sha256sum', ['--check', 'sha256sums'], { cwd: join(here, 'dist/release'), encoding: 'utf8' });
    expect(checked).toBe('postmortem-plugin: OK\nsbom.cdx.json: OK\n');
  });

  it('makes a file that starts by itself', () => {
    // As somebody installs it; here below it is a package.json that says what files without an extension are.
    const file = join(dir, 'bin', 'postmortem-plugin');
    mkdirSync(join(dir, 'bin'));
    cpSync(released(there, 'postmortem-plugin'), file);
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node');
    expect(statSync(file).mode & 0o777).toBe(0o755);
    expect(execFileSync(file, ['--version'], { encoding: 'utf8' })).toContain(version);
  });

  it('gives the same bytes in another folder, time zone, locale and umask', () => {
    for (const name of ['postmortem-plugin', 'sbom.cdx.json', 'sha256sums']) {
      expect(readFileSync(released(there, name)).equals(readFileSync(released(here, name))), name).toBe(true);
    }
  });

  it('stops when the tag is not the version', () => {
    const { status, stderr } = makeRelease(here, '022', { CI_COMMIT_TAG: 'v99.0.0' });
    expect({ status, stderr }).toEqual({ status: 1, stderr: `The tag v99.0.0 is not v${version}, the version of package.json. Set the version, or tag another commit.\n` });
  });

  describe('its bill of materials', () => {
    const bill = () =>
      JSON.parse(readFileSync(released(here, 'sbom.cdx.json'), 'utf8')) as {
        bomFormat: string;
        metadata: { component: { name: string; version: string } };
        components: { name: string; version: string; purl: string; licenses?: unknown[]; hashes?: unknown[] }[];
        dependencies: { ref: string; dependsOn: string[] }[];
      };
    const names = () => [...new Set(bill().components.map(({ name }) => name))].sort();

    it('is CycloneDX and about this version', () => {
      expect(bill()).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'postmortem-plugin', version } } });
    });

    it('lists exactly the packages whose code is in the bundle', async () => {
      // Built once more, in one piece and by other options than those the release takes: what is in it is the same.
      const leftOut = ['axios', 'cpu-features', '*.node'];
      const loader = { '.md': 'text', '.yml': 'text', '.css': 'text', '.svg': 'text', '.client.js': 'text' } as const;
      const { metafile } = await build({ absWorkingDir: here, entryPoints: ['src/main.ts'], outfile: 'out.cjs', write: false, metafile: true, bundle: true, platform: 'node', external: leftOut, loader, logLevel: 'error' });
      const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
      const used = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 && path.includes('node_modules/') ? [packageOf(path)] : []));
      expect(names()).toEqual([...new Set(used)].sort());
    });

    it('lists every package that the released bundle itself names', () => {
      const text = codeOf(readFileSync(released(here, 'postmortem-plugin'), 'utf8'));
      // esbuild names CommonJS modules by their paths.
      const named = [...text.matchAll(/"(?:[^"\n]*\/)?(node_modules\/[\w@./-]+)"\(/g)].map(([, path = '']) => packageOf(path));
      expect(named).toEqual(expect.arrayContaining(['ssh2', 'node-vault', 'undici', 'picomatch']));
      expect([...new Set(named)].filter((name) => !names().includes(name))).toEqual([]);
    });

    it('has of each package the locked version, where it is from and its licence', () => {
      const { packages } = JSON.parse(readFileSync(`${project}package-lock.json`, 'utf8')) as { packages: Record<string, { version: string }> };
      for (const { name, version: listed, purl, licenses = [], hashes = [] } of bill().components) {
        expect(Object.entries(packages).some(([path, entry]) => path.endsWith(`node_modules/${name}`) && entry.version === listed), name).toBe(true);
        expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${listed}`);
        expect({ licenses: licenses.length > 0, hashes: hashes.length > 0 }, name).toEqual({ licenses: true, hashes: true });
      }
    });

    it('has no dependency on what it does not list', () => {
      const { components, dependencies } = bill();
      const listed = new Set(['postmortem-plugin', ...components.map(({ name }) => name)]);
      expect(dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((reference) => !listed.has(reference.slice(0, reference.lastIndexOf('@'))))).toEqual([]);
    });
  });
});

/** The package a file below node_modules belongs to. */
function packageOf(path: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))?.[0] ?? path;
}

/** The bundle with its compressed pieces unpacked (build.mjs, `packed`). */
function codeOf(text: string): string {
  const places = JSON.parse(/\bplaces=(\{.*?\}),comment=/s.exec(text)?.[1] ?? '{}') as Record<string, [number, number, boolean]>;
  const start = text.indexOf('comment=()=>{/*') + 'comment=()=>{/*'.length;
  const pieces = Object.values(places).filter(([, , isCompressed]) => isCompressed).map(([from, to]) => text.slice(start + from, start + to));
  return [text, ...pieces.map((piece) => brotliDecompressSync(Buffer.from(piece, 'base64')).toString())].join('\n');
}

describe('.ci/audit.mjs', () => {
  const advisory = { id: 1, url: 'https://github.com/advisories/GHSA-test', title: 'Answers are read twice', severity: 'high', vulnerable_versions: '>=1.0.0' };

  /** Runs it against a registry that gives these advisories; `null`: one that knows no audits. */
  async function audit(advisories: object | null): Promise<{ code: number | null; output: string }> {
    const server = createServer((request, response) => {
      request.resume();
      if (request.method === 'POST') response.writeHead(advisories === null ? 405 : 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(advisories ?? {}));
      else response.writeHead(404, { 'Content-Type': 'application/json' }).end('{}');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { PATH = '', HOME = '' } = process.env;
    const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { execFile } = await import('node:child_process');
    try {
      return await new Promise((resolve) => {
        const env = { PATH, HOME, npm_config_registry: registry, npm_config_userconfig: '/dev/null', npm_config_fetch_retries: '0', npm_config_cache: join(dir, 'npm-cache') };
        const child = execFile(process.execPath, ['.ci/audit.mjs'], { cwd: project, env }, (_, stdout) => resolve({ code: child.exitCode, output: stdout }));
      });
    } finally {
      server.close();
    }
  }

  it('is content when there are no advisories', async () => {
    expect(await audit({})).toEqual({ code: 0, output: 'npm audit: 0 advisories, 0 of them not explained\n' });
  });

  it('fails on one that is not explained, and names it', async () => {
    const { code, output } = await audit({ undici: [advisory] });
    expect(output).toMatch(/^undici >=1\.0\.0 \(high\): Answers are read twice\n {2}https:\/\/github\.com\/advisories\/GHSA-test\n {2}Not explained: /);
    expect(code).toBe(1);
  });

  it('says so when the registry cannot be asked', async () => {
    const { code, output } = await audit(null);
    expect(output).toMatch(/^npm audit: NOT DONE, the registry's audit endpoint cannot be asked: 405 Method Not Allowed/);
    expect(code).toBe(2);
  });
});

it('the folder of the release is not part of the repository', () => {
  expect(readFileSync(`${project}.gitignore`, 'utf8').split('\n')).toContain('dist/');
  expect(existsSync(`${project}.ci/release.mjs`)).toBe(true);
});
