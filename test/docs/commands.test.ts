import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectSsh } from '../../src/host/ssh.ts';
import { Log, Redactor } from '../../src/log.ts';
import { project } from '../support/bundle.ts';
import { codeBlocks, inlineCode } from '../support/documents.ts';
import { sshdMissing, startSshd } from '../support/sshd.ts';

const read = (path: string) => readFileSync(`${project}${path}`, 'utf8');

/** Commands that the documents show without a mark, and what runs them: a file, and what it holds of the command. */
const RUN_BY: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'npm run demo': ['.ci/run', 'timeout 600 npm run demo'],
  'npm test': ['.ci/run', 'npm test -- '],
  'npm run build': ['package.json', '"test": "node build.mjs'],
  'npm run release': ['test/docs/release.test.ts', '.ci/release.mjs'],
  'node .ci/audit.mjs': ['test/docs/release.test.ts', "['.ci/audit.mjs']"],
  'docker run --rm -e PLUGIN_DRY_RUN=true -v "$PWD:/repo" -w /repo infra/postmortem-plugin': ['test/integration/image.test.ts', "'PLUGIN_DRY_RUN=true'"],
  'docker build -f plugin.Dockerfile -t infra/postmortem-plugin .': ['test/support/docker.ts', 'plugin.Dockerfile'],
  'docker build -f plugin.Dockerfile --build-arg NODE_IMAGE=local/node:24 --build-arg BUILD_IMAGE=local/node:24 -t infra/postmortem-plugin .': ['test/support/docker.ts', 'BUILD_IMAGE: BASE'],
};

/** What a reader needs besides this repository, said before a block. */
const MARK = '*(cluster)*';

interface Shown {
  readonly title: string;
  /** The commands, each on one line. */
  readonly commands: readonly string[];
  readonly marked: boolean;
}

/** The shell blocks of a document. A mark counts for the blocks that follow it below the same heading. */
function shellBlocks(document: string): Shown[] {
  const parts = read(document).split(/^```/m);
  let before = '';
  return parts.flatMap((part, index) => {
    if (index % 2 === 0) {
      const sections = part.split(/^#+ /m);
      before = (sections.length > 1 ? '' : before) + (sections.at(-1) ?? '');
      return [];
    }
    const [language = '', ...lines] = part.split('\n');
    const commands = lines.join('\n').replaceAll(/\\\n\s*/g, '').trim().split('\n');
    return language === 'sh' ? [{ title: `${document}: ${commands[0]}`, commands, marked: before.includes(MARK) }] : [];
  });
}

const SHOWN = ['README.md', 'docs.md'].flatMap(shellBlocks);

describe('every command in the documents is run by a test, or marked as needing a cluster', () => {
  it.each(SHOWN)('$title', ({ commands, marked }) => {
    if (!marked) for (const command of commands) expect(Object.keys(RUN_BY)).toContain(command);
  });

  it.each(Object.entries(RUN_BY))('%s: there is what runs it', (_, [file, text]) => {
    expect(existsSync(`${project}${file}`)).toBe(true);
    expect(read(file)).toContain(text);
  });

  it('the scripts named in a sentence are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const code of ['README.md', 'docs.md', 'CHANGELOG.md'].flatMap((document) => inlineCode(read(document)))) {
      const script = /^npm run ([\w:]+)/.exec(code)?.[1];
      const file = /^node (\S+)/.exec(code)?.[1];
      if (script !== undefined) expect(scripts, code).toHaveProperty([script]);
      if (file !== undefined) expect(existsSync(`${project}${file}`), code).toBe(true);
    }
  });

  it('there are both', () => {
    expect(SHOWN.filter(({ marked }) => marked).length).toBeGreaterThan(4);
    expect(SHOWN.filter(({ marked }) => !marked).length).toBeGreaterThan(2);
  });
});

describe.skipIf(sshdMissing)(`the key of the set-up (${sshdMissing ?? 'OpenSSH'})`, () => {
  it('made and looked up by the commands shown, lets the plugin in', async () => {
    const block = codeBlocks(read('README.md')).find(({ text }) => text.includes('ssh-keyscan'))?.text ?? '';
    const [keygen = '', keyscan = ''] = block.split('\n');
    const dir = mkdtempSync(join(tmpdir(), 'postmortem-set-up-'));
    const sshd = await startSshd();
    try {
      execFileSync('sh', ['-c', keygen], { cwd: dir, stdio: 'ignore' });
      sshd.authorize(readFileSync(join(dir, 'id_ed25519.pub'), 'utf8'));
      const here = keyscan.replace('dev-vm.example.com', `-p ${sshd.port} 127.0.0.1`);
      const knownHosts = execFileSync('sh', ['-c', here], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const host = await connectSsh(
        {
          hosts: ['127.0.0.1'],
          port: sshd.port,
          username: sshd.user,
          privateKey: readFileSync(join(dir, 'id_ed25519'), 'utf8'),
          passphrase: null,
          knownHosts,
          fingerprints: [],
          insecure: false,
          connectTimeoutMs: 15_000,
          jumpHost: null,
        },
        new Log({ redactor: new Redactor(), write: () => {} }),
      );
      expect((await host.exec(['echo', 'let in'])).stdout).toBe('let in\n');
      await host.close();
    } finally {
      await sshd.stop();
      rmSync(dir, { recursive: true });
    }
  });
});
