/** The real image in a real container engine: built from plugin.Dockerfile, started the way Woodpecker and people start it. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildForeignImage, buildImage, docker, nodeForImages, projectDir, whyNoBuildKit, whyNoImages } from '../support/docker.ts';

const IMAGE = 'infra/postmortem-plugin:test';
const BUNDLE = 'usr/local/bin/postmortem-plugin';
const CACHE = 'usr/local/share/postmortem-plugin/cache';
const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as { version: string };

const noImages = whyNoImages();
const noBuildKit = whyNoBuildKit();

const POST_MORTEM = `# Post-mortem: disk full on the NFS server

## Prevention Plan

| Priority | Action | Type | Details | Status |
|----------|--------|------|---------|--------|
| P1 | Add a disk alert | Alert | stacks/monitoring | TODO |
| P2 | Move the volume | Migration | by hand | TODO |
`;

let work: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'postmortem-image-'));
  await mkdir(join(work, 'repo/docs/post-mortems'), { recursive: true });
  await writeFile(join(work, 'repo/docs/post-mortems/2026-05-25-disk-full.md'), POST_MORTEM);
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

/** `docker run` with a repository as the working directory, read-only: a dry run has nothing to write. */
function runOn(repository: string, options: readonly string[], ...args: readonly string[]) {
  return docker(['run', '--rm', '-v', `${repository}:/repo:ro`, '-w', '/repo', ...options, IMAGE, ...args]);
}

/** The files of an image as `tar -t` lists them, without what the engine itself puts into every container. */
async function filesOf(image: string, platform: readonly string[] = []): Promise<string[]> {
  const created = await docker(['create', ...platform, image]);
  const id = created.stdout.trim();
  const archive = join(work, `${id}.tar`);
  await docker(['export', '-o', archive, id]);
  await docker(['rm', id]);
  const fromEngine = /^(?:dev|etc|proc|sys)\/|^\.dockerenv$|\/$/;
  const paths = execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }).trim().split('\n');
  return paths.filter((path) => !fromEngine.test(path)).sort();
}

describe.skipIf(noImages !== null)(`the image${noImages === null ? '' : ` (skipped: ${noImages})`}`, () => {
  beforeAll(() => buildImage(IMAGE, { VERSION: version, REVISION: 'a'.repeat(40), CREATED: '2026-05-25T00:00:00Z' }), 600_000);

  it('answers --version and --help', async () => {
    expect(await docker(['run', '--rm', IMAGE, '--version'])).toMatchObject({ code: 0, stdout: expect.stringContaining(version) });
    expect(await docker(['run', '--rm', IMAGE, '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('dry_run') });
  });

  it('shows in a dry run without network what it would do and what it would not', async () => {
    const run = await runOn(join(work, 'repo'), ['--network', 'none', '-e', 'PLUGIN_DRY_RUN=true']);
    expect(run.stdout + run.stderr).toContain('Add a disk alert');
    expect(run.stdout).toContain('Move the volume');
    expect(run.code).toBe(0);
  });

  it('says the same on the example repository as the bundle does outside', async () => {
    const example = ['examples/repository', 'examples'].map((path) => join(projectDir, path)).find(hasPostMortems);
    expect(example, 'an example repository with docs/post-mortems').toBeDefined();
    const bundle = join(projectDir, 'dist/postmortem-plugin.cjs');
    const { PATH = '' } = process.env;
    const outside = execFileSync(process.execPath, [bundle], { cwd: example, env: { PATH, PLUGIN_DRY_RUN: 'true' }, encoding: 'utf8' });
    const inside = await runOn(example ?? '', ['--network', 'none', '-e', 'PLUGIN_DRY_RUN=true']);
    expect(inside.stdout).toBe(outside);
  });

  it('needs no capability, no user of its own and nothing to write to', async () => {
    const bare = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--user', '65534', '--network', 'none'];
    const run = await runOn(join(work, 'repo'), [...bare, '-e', 'PLUGIN_DRY_RUN=true']);
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('Add a disk alert') });
  });

  it('runs as a numbered user that is not root', async () => {
    const inspected = await docker(['image', 'inspect', '--format', '{{.Config.User}}', IMAGE]);
    expect(inspected.stdout.trim()).toMatch(/^[1-9]\d*(?::[1-9]\d*)?$/);
  });

  it('carries the labels of the OCI convention', async () => {
    const inspected = await docker(['image', 'inspect', '--format', '{{json .Config.Labels}}', IMAGE]);
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      'org.opencontainers.image.title': 'postmortem-plugin',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': 'a'.repeat(40),
      'org.opencontainers.image.created': '2026-05-25T00:00:00Z',
      'org.opencontainers.image.licenses': 'MIT',
    });
  });

  it('holds Node, its libraries, the licence, the bundle and what is compiled of it, and nothing to run commands with', async () => {
    const files = (await filesOf(IMAGE)).filter((path) => !path.startsWith(`${CACHE}/v24.`));
    const libraries = files.filter((path) => /^lib(?:64)?\/(?:ld-linux-|lib(?:c|m|dl|pthread|gcc_s|stdc\+\+)\.so)/.test(path));
    expect(files.filter((path) => !libraries.includes(path))).toEqual([
      'usr/local/bin/node',
      BUNDLE,
      'usr/share/doc/postmortem-plugin/LICENSE',
    ]);
  });

  it('holds the very bundle that the build makes outside', async () => {
    const created = await docker(['create', IMAGE]);
    await docker(['cp', `${created.stdout.trim()}:/${BUNDLE}`, join(work, 'bundle')]);
    await docker(['rm', created.stdout.trim()]);
    const [inside, outside] = [join(work, 'bundle'), join(projectDir, 'dist/postmortem-plugin.cjs')].map(sha256);
    expect(inside).toBe(outside);
  });

  it('starts with the code it was compiled to when the image was made', async () => {
    const traced = await runOn(join(work, 'repo'), ['-e', 'NODE_DEBUG_NATIVE=COMPILE_CACHE', '-e', 'PLUGIN_DRY_RUN=true']);
    expect(traced.code, traced.stderr).toBe(0);
    const said = `${traced.stdout}${traced.stderr}`;
    expect(said.match(/cache for CommonJS \S*postmortem-plugin\S* was accepted/g)?.length, said).toBeGreaterThan(10);
    expect(said).not.toMatch(/was rejected/);
  });

  it('adds less than 7 MB to its Node binary', async () => {
    const inspected = await docker(['image', 'inspect', '--format', '{{.Size}}', IMAGE]);
    const added = Number(inspected.stdout) - statSync(nodeForImages() ?? '').size;
    console.log(`image: ${(added / 1e6).toFixed(2)} MB over its Node binary`);
    expect(added).toBeLessThan(7e6);
  });

  it('trusts a company CA mounted where Woodpecker mounts them, beside those of Node', async () => {
    const [key, certificate] = [join(work, 'ca.key'), join(work, 'ca.pem')];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const subject = ['-subj', '/CN=company CA', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, answer) => answer.end('hello'));
    const port = await listen(server);
    const script = `fetch('https://127.0.0.1:${port}').then((r) => r.text()).catch((e) => e.cause.code).then(console.log)`;
    const fetchIn = (...mount: string[]) =>
      docker(['run', '--rm', '--network', 'host', ...mount, '--entrypoint', '/usr/local/bin/node', IMAGE, '-e', script]);
    try {
      const mounted = ['-v', `${certificate}:/etc/ssl/certs/ca-certificates.crt:ro`];
      expect(await fetchIn()).toEqual({ code: 0, stdout: 'DEPTH_ZERO_SELF_SIGNED_CERT\n', stderr: '' });
      expect(await fetchIn(...mounted)).toEqual({ code: 0, stdout: 'hello\n', stderr: '' });
    } finally {
      server.close();
    }
  });

  it('says "cancelled" and ends before the kill when it is stopped in mid-run', async () => {
    const silent = await silentServer();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const settings = {
      PLUGIN_SSH_HOST: '127.0.0.1',
      PLUGIN_SSH_PORT: String(silent.port),
      PLUGIN_SSH_USERNAME: 'wizard',
      PLUGIN_SSH_KEY: privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      PLUGIN_SSH_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
      PLUGIN_SSH_CONNECT_TIMEOUT: '300s',
      PLUGIN_BRANCH: 'main',
    };
    const name = `postmortem-plugin-test-${process.pid}`;
    const env = Object.entries(settings).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
    const container = spawn(process.env['DOCKER_BIN'] ?? 'docker', [
      ...['run', '--rm', '--name', name, '--network', 'host', '-v', `${join(work, 'repo')}:/repo:ro`, '-w', '/repo'],
      ...[...env, IMAGE],
    ]);
    let output = '';
    container.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    container.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(container, 'exit');
    try {
      await Promise.race([
        silent.connected,
        ended.then(() => Promise.reject(new Error(`it ended before it reached the host:\n${output}`))),
      ]);
      await docker(['stop', '-t', '30', name]);
      const [code] = (await ended) as [number];
      expect(output).toMatch(/cancelled/i);
      // 137 would be the SIGKILL that follows when the limit of `docker stop` passes.
      expect([1, 143], output).toContain(code);
      expect((await docker(['ps', '-aq', '--filter', `name=${name}`])).stdout).toBe('');
    } finally {
      silent.close();
      await docker(['rm', '-f', name]);
    }
  });
});

describe.skipIf(noBuildKit !== null)(`the image for the other platform${noBuildKit === null ? '' : ` (skipped: ${noBuildKit})`}`, () => {
  it('is built without executing anything of that platform', { timeout: 600_000 }, async () => {
    const tag = `${IMAGE}-foreign`;
    const arch = await buildForeignImage(tag);
    expect((await docker(['image', 'inspect', '--format', '{{.Architecture}}', tag])).stdout.trim()).toBe(arch);
    const loader = arch === 'arm64' ? 'lib/ld-linux-aarch64.so.1' : 'lib/ld-linux-x86-64.so.2';
    expect(await filesOf(tag, ['--platform', `linux/${arch}`])).toEqual(expect.arrayContaining([loader, 'usr/local/bin/node', BUNDLE]));
  });
});

function hasPostMortems(path: string): boolean {
  return existsSync(join(path, 'docs/post-mortems'));
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A host that accepts a connection and never says a word. */
async function silentServer(): Promise<{ port: number; connected: Promise<unknown>; close: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  const connected = once(server, 'connection');
  const port = await listen(server);
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, connected, close };
}
