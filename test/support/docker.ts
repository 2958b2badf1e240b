/**
 * A real container engine for tests, and images made without a registry: the base is put together from a Node 24 binary, the libraries
 * it links on this machine and the installed packages, then loaded into the engine and handed to plugin.Dockerfile.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

export const projectDir = fileURLToPath(new URL('../..', import.meta.url));

const client = process.env['DOCKER_BIN'] ?? 'docker';
const BASE = 'postmortem-plugin-test-base';

/** The two platforms images are made for, by Node's and by the engine's name. */
const PLATFORMS = {
  x64: { arch: 'amd64', triplet: 'x86_64-linux-gnu' },
  arm64: { arch: 'arm64', triplet: 'aarch64-linux-gnu' },
} as const;

const here = PLATFORMS[process.arch === 'arm64' ? 'arm64' : 'x64'];

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the docker client to its end; a non-zero exit code is a result. */
export function docker(args: readonly string[], options: { env?: Record<string, string> } = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env };
    execFile(client, args, { env, cwd: projectDir, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** Why no image can be built on this machine, for the title of a skipped suite; `null` when it can. */
export function whyNoImages(): string | null {
  try {
    execFileSync(client, ['info'], { stdio: 'ignore', timeout: 10_000 });
  } catch {
    return 'no container engine answers `docker info`';
  }
  return nodeForImages() === null ? 'no Node 24 binary: set IMAGE_NODE_BIN' : null;
}

/** Why no image for another platform can be built, as above: the legacy builder cannot, and newer clients keep BuildKit in a plugin. */
export function whyNoBuildKit(): string | null {
  const reason = whyNoImages();
  if (reason) return reason;
  try {
    const version = execFileSync(client, ['version', '--format', '{{.Client.Version}}'], { encoding: 'utf8' });
    if (Number.parseInt(version, 10) >= 23) execFileSync(client, ['buildx', 'version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'the docker client has no BuildKit';
  }
}

/** The Node 24 binary that goes into images, or `null`. */
export function nodeForImages(): string | null {
  const installed = join(projectDir, `.ci/tools/node24/node_modules/node-linux-${process.arch}/bin/node`);
  const candidates = [process.env['IMAGE_NODE_BIN'], installed, process.execPath];
  return candidates.find((path) => path !== undefined && path !== '' && isNode24(path)) ?? null;
}

function isNode24(path: string): boolean {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8' }).startsWith('v24.');
  } catch {
    return false;
  }
}

/**
 * Builds plugin.Dockerfile for this machine's platform.
 *
 * @param labels the build arguments that end up in labels, by name
 * @throws Error with the builder's output
 */
export async function buildImage(tag: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
  await loadBase();
  // The legacy builder: Debian's client has no other that works everywhere. BuildKit builds the arm64 image below.
  const args = buildArgs({ NODE_IMAGE: BASE, BUILDPLATFORM: `linux/${here.arch}`, ...labels });
  await build(['-t', tag, ...args], { DOCKER_BUILDKIT: '0' });
}

/**
 * Builds plugin.Dockerfile for the platform this machine does not have, from files that only stand in for that platform's Node and
 * libraries: it shows that nothing of the target platform is executed and where things end up, not that the result runs.
 */
export async function buildForeignImage(tag: string): Promise<'amd64' | 'arm64'> {
  await loadBase();
  const foreign = here === PLATFORMS.arm64 ? PLATFORMS.x64 : PLATFORMS.arm64;
  const loader = foreign.arch === 'arm64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2';
  const libraries = [loader, 'libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'libgcc_s.so.1', 'libstdc++.so.6'];
  const standIn = join(projectDir, 'LICENSE');
  const paths = ['/usr/local/bin/node', ...libraries.map((name) => `/usr/lib/${foreign.triplet}/${name}`)];
  const nodeImage = `${BASE}:${foreign.arch}`;
  await load({ tag: nodeImage, arch: foreign.arch, files: new Map(paths.map((path) => [path, standIn])) });
  await build(
    ['-t', tag, '--platform', `linux/${foreign.arch}`, ...buildArgs({ NODE_IMAGE: nodeImage, BUILD_IMAGE: BASE })],
    { DOCKER_BUILDKIT: '1' },
  );
  return foreign.arch;
}

async function build(args: readonly string[], env: Record<string, string>): Promise<void> {
  const built = await docker(['build', '-f', 'plugin.Dockerfile', ...args, '.'], { env });
  if (built.code !== 0) throw new Error(`docker build failed:\n${built.stdout}\n${built.stderr}`);
}

function buildArgs(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
}

/** One base for both stages: Node with its libraries, and the locked packages where the build stage looks for them. */
async function loadBase(): Promise<void> {
  const node = nodeForImages();
  if (node === null) throw new Error(`no image can be built here: ${whyNoImages()}`);
  const files = new Map([
    ['/usr/local/bin/node', node],
    ['/src/node_modules', join(projectDir, 'node_modules')],
  ]);
  // Lines of ldd: `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x...)`, and for the loader only `/lib64/ld-linux-x86-64.so.2 (0x...)`.
  for (const [, path = ''] of execFileSync('ldd', [node], { encoding: 'utf8' }).matchAll(/^\s(?:\S+ => )?(\/\S+) \(/gm)) {
    files.set(`/usr/lib/${here.triplet}/${basename(path)}`, path);
    if (basename(path).startsWith('ld-linux')) files.set(path, path);
  }
  await load({ tag: `${BASE}:latest`, arch: here.arch, files });
}

/** Loads an image of one layer that holds the files (path in the image -> file or folder here). Same files, same image: builds stay cached. */
async function load(image: { tag: string; arch: string; files: ReadonlyMap<string, string> }): Promise<void> {
  // Below the project: Debian's /tmp may be memory, and an image with Node and its packages is 240 MB.
  await mkdir(join(projectDir, 'dist'), { recursive: true });
  const work = await mkdtemp(join(projectDir, 'dist/image-'));
  try {
    for (const [path, source] of image.files) {
      const link = join(work, 'root', path);
      await mkdir(dirname(link), { recursive: true });
      await symlink(source, link);
    }
    await mkdir(join(work, 'image'));
    const layer = join(work, 'image/layer.tar');
    const sameEveryTime = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    // Tools keep caches in node_modules; they would make every base another one.
    const withoutCaches = ['--exclude=node_modules/.vite*', '--exclude=node_modules/.cache'];
    await tar(['--dereference', ...withoutCaches, ...sameEveryTime, '-cf', layer, '-C', join(work, 'root'), '.']);
    const config = {
      architecture: image.arch,
      os: 'linux',
      config: { Env: ['PATH=/usr/local/bin'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256(layer)}`] },
    };
    await writeFile(join(work, 'image/config.json'), JSON.stringify(config));
    const manifest = [{ Config: 'config.json', RepoTags: [image.tag], Layers: ['layer.tar'] }];
    await writeFile(join(work, 'image/manifest.json'), JSON.stringify(manifest));
    await tar(['-cf', join(work, 'image.tar'), '-C', join(work, 'image'), '.']);
    const loaded = await docker(['load', '-i', join(work, 'image.tar')]);
    if (loaded.code !== 0) throw new Error(`docker load failed: ${loaded.stderr}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function tar(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('tar', args, (error) => (error ? reject(error) : resolve()));
  });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
