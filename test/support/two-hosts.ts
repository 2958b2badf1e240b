import { mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { startFakeSlack } from '../fakes/slack.ts';
import { processesWith } from './processes.ts';
import type { Scenario } from './scenario.ts';
import { startSshd } from './sshd.ts';
import type { Sshd } from './sshd.ts';
import { git } from './stage.ts';

/** A host of `ssh_host`. */
export interface TwinHost {
  readonly sshd: Sshd;
  /** `127.0.0.1:port`, as in `ssh_host`. */
  readonly address: string;
  readonly workspace: string;
  /** The machine freezes: whatever ran there is gone, and its port still takes connections that nobody answers. */
  die(): void;
  /** It is up again, with what lay on its disk. */
  wake(): void;
}

export interface TwoHosts {
  readonly first: TwinHost;
  readonly second: TwinHost;
  slackTexts(): string[];
  stop(): Promise<void>;
}

/**
 * Two dev VMs with a workspace each, one remote and one state (a backend, as far as Terraform is concerned), and sets a scenario's runs on
 * them: `ssh_host` names the first, then the second.
 */
export async function startTwoHosts(scenario: Scenario): Promise<TwoHosts> {
  const { stage, machine } = scenario;
  const home = join(stage.dir, 'home-2');
  mkdirSync(join(stage.home, '.local/state'), { recursive: true });
  mkdirSync(join(home, '.local'), { recursive: true });
  symlinkSync(join(stage.home, '.local/state'), join(home, '.local/state'));
  mkdirSync(join(home, 'code'));
  git(stage.dir, 'clone', '--quiet', stage.remote, join(home, 'code/infra'));
  const first = twin(await startSshd({ env: machine }), stage.home);
  const second = twin(await startSshd({ env: { ...machine, HOME: home } }), home);
  second.sshd.authorize(readFileSync(`${first.sshd.clientKeyFile}.pub`, 'utf8'));
  const slack = await startFakeSlack();
  Object.assign(scenario.settings, {
    runner: 'ssh',
    ssh_host: `${first.address},${second.address}`,
    ssh_username: first.sshd.user,
    ssh_key: first.sshd.clientKey,
    ssh_known_hosts: `${first.sshd.knownHostsLine}\n${second.sshd.knownHostsLine}`,
    ssh_connect_timeout: '2s',
    slack_webhook: slack.webhookUrl,
  });
  return {
    first,
    second,
    slackTexts: () => slack.messages.map((message) => JSON.stringify(message)),
    async stop() {
      first.wake();
      second.wake();
      await Promise.all([first.sshd.stop(), second.sshd.stop(), slack.stop()]);
    },
  };
}

function twin(sshd: Sshd, home: string): TwinHost {
  const tell = (pids: readonly number[], signal: NodeJS.Signals) => {
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended by itself.
      }
    }
  };
  const listener = () => processesWith(join(sshd.dir, 'sshd_config'));
  return {
    sshd,
    address: `127.0.0.1:${sshd.port}`,
    workspace: join(home, 'code/infra'),
    die() {
      tell(listener(), 'SIGSTOP');
      sshd.killSessions();
      tell(processesAt(home), 'SIGKILL');
    },
    wake: () => tell(listener(), 'SIGCONT'),
  };
}

/** The processes of the user whose home this is, on the machine that it stands for. */
function processesAt(home: string): number[] {
  const isThere = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`HOME=${home}`);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && isThere(entry)).map(Number);
}
