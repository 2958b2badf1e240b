import { DEFAULT_PROTECTED_PATHS } from '../guard/paths.ts';
import { choice, daysByPriority, duration, flag, integer, knownHosts, lines, list, shard, text, usd } from './values.ts';

/**
 * Every setting: how it is read, its default, its help. The single source of parsing, `--help` and the table in docs.md.
 * A default of `null` means unset. Secrets are registered with the redactor and never shown.
 */

const GROUPS = ['General', 'Vault', 'SSH', 'Host', 'Terraform', 'Claude Code', 'Slack', 'Lint', 'Health', 'Notify', 'Init', 'Site'] as const;
export type Group = (typeof GROUPS)[number];

export interface Setting<Value, Default> {
  readonly group: Group;
  /** Reads the text Woodpecker passes. */
  readonly schema: { safeParse(value: string): ParseResult<Value> };
  readonly fallback: Default;
  /** One or two sentences. */
  readonly help: string;
  readonly secret: boolean;
}

type ParseResult<Value> =
  | { readonly success: true; readonly data: Value }
  | { readonly success: false; readonly error: { readonly issues: readonly { readonly message: string }[] } };

function setting<Value, Default>(group: Group, schema: Setting<Value, Default>['schema'], fallback: Default, help: string): Setting<Value, Default> {
  return { group, schema, fallback, help, secret: false };
}

function secret<Value, Default>(group: Group, schema: Setting<Value, Default>['schema'], fallback: Default, help: string): Setting<Value, Default> {
  return { group, schema, fallback, help, secret: true };
}

export const ACTIONS = ['implement', 'list', 'lint', 'health', 'digest', 'notify', 'init', 'site'] as const;
const HOUR = 3_600_000;

export const SETTINGS = {
  action: setting('General', choice(ACTIONS), 'implement', 'What to do: `implement` the safe TODOs, `list` the decisions, `lint` the documents, check the `health` of the cluster, post the `digest` of open items, `notify` reporters, `init` a repository with the kit, build the `site` of all post-mortems.'),
  post_mortems: setting('General', list(), ['docs/post-mortems/*.md'], 'Where the post-mortems are: globs, relative to the repository.'),
  safe_types: setting('General', list(), ['Alert', 'Config', 'Monitor'], 'Types of TODOs that may be implemented without a person.'),
  dry_run: setting('General', flag(), false, 'Show what would be done and contact nobody.'),
  retry: setting('General', flag(), false, 'Try TODOs again that an earlier run left for human review.'),
  shard: setting('General', shard(), null, 'Work on one part of the TODOs, for instance `2/5`, while other runs work on the others: see "Scale out" in docs.md. TODOs of one stack are in one part.'),
  format: setting('General', choice(['text', 'json', 'sarif', 'github']), 'text', 'Output of `list`, `health`, `digest` and `notify` (`text`, `json`) and of `lint` (all four).'),
  log_level: setting('General', choice(['debug', 'info', 'warn', 'error']), 'info', 'Least important lines to show; `debug` also shows prompts and commands.'),
  report_file: setting('General', text(), null, 'Also write the report of the run as JSON to this file.'),

  vault_addr: setting('Vault', text(), null, 'Address of Vault, for instance `https://vault.example.com:8200`.'),
  vault_namespace: setting('Vault', text(), null, 'Vault Enterprise namespace.'),
  vault_auth_path: setting('Vault', text(), 'kubernetes', 'Mount path of the Kubernetes auth method.'),
  vault_role: setting('Vault', text(), null, "Role of the Kubernetes auth method that the pipeline pod's service account is bound to."),
  vault_jwt_path: setting('Vault', text(), '/var/run/secrets/kubernetes.io/serviceaccount/token', "File with the pod's service account token."),
  vault_token: secret('Vault', text(), null, 'A token instead of the Kubernetes login, for local runs. It is not revoked.'),
  vault_secret: setting('Vault', text(), 'secret/ci/infra', 'Path of the secret with the SSH key, KV version 1 or 2.'),
  vault_field: setting('Vault', text(), 'devvm_ssh_key', 'Field of that secret which holds the key.'),
  vault_ca_cert: setting('Vault', lines(), null, 'Certificate authority of Vault: PEM, PEM in base64, or the path of a file.'),
  vault_skip_verify: setting('Vault', flag(), false, 'Do not check the certificate of Vault. Whoever is in between can read the secret.'),
  vault_timeout: setting('Vault', duration(), 10_000, 'Time limit of one request.'),
  vault_retries: setting('Vault', integer(0, 20), 4, 'How often a request is repeated after 5xx, 429, 412 or a refused connection.'),

  ssh_host: setting('SSH', list(), [], 'The dev VM: `host` or `host:port`. Of a list the first that answers is used.'),
  ssh_port: setting('SSH', integer(1, 65_535), 22, 'Port, for hosts given without one.'),
  ssh_username: setting('SSH', text(), null, 'User to log in as.'),
  ssh_key: secret('SSH', lines(), null, 'Private key, instead of the one in Vault.'),
  ssh_passphrase: secret('SSH', text(), null, 'Passphrase of the private key.'),
  ssh_known_hosts: setting('SSH', knownHosts(), null, 'Host keys, as lines of a known_hosts file (`ssh-keyscan -H host`). This or `ssh_fingerprint` is required.'),
  ssh_fingerprint: setting('SSH', list(), [], 'Fingerprints of the host keys, `SHA256:...`.'),
  ssh_insecure: setting('SSH', flag(), false, 'Connect without checking the host key. Whoever is in between can take the run over.'),
  ssh_connect_timeout: setting('SSH', duration(), 15_000, 'Time limit of connecting, for each host.'),
  ssh_jump_host: setting('SSH', text(), null, 'Host to go through, `user@host:port`; same key, host key checked alike.'),

  runner: setting('Host', choice(['ssh', 'local']), 'ssh', '`local` does the same run in this container or machine, without Vault and SSH.'),
  workspace: setting('Host', text(), '~/code/infra', 'The repository on the host. Its working tree is never touched.'),
  branch: setting('Host', text(), null, "Branch to work on. Default: the pipeline's branch."),
  git_author_name: setting('Host', text(), 'postmortem-todo-resolver', 'Author of the commits.'),
  git_author_email: setting('Host', text(), 'postmortem-todo-resolver@localhost', "E-mail address of the commits' author."),
  protected_paths: setting('Host', list(), [...DEFAULT_PROTECTED_PATHS], 'Globs of paths no change may touch. A list of your own replaces the default.'),
  max_changed_files: setting('Host', integer(1, 10_000), 10, 'Largest change of one TODO, in files.'),
  max_changed_lines: setting('Host', integer(1, 1_000_000), 400, 'Largest change of one TODO, in lines added and removed.'),

  stacks: setting('Terraform', list(), ['stacks/*'], 'Folders that are planned and applied one by one.'),
  plan_command: setting('Terraform', text(), '{root}/scripts/tg plan -input=false -no-color -out={plan}', 'Writes a plan to `{plan}`; runs in the folder of the stack.'),
  show_command: setting('Terraform', text(), '{root}/scripts/tg show -json {plan}', 'Prints the plan in `{plan}` as JSON.'),
  apply_command: setting('Terraform', text(), '{root}/scripts/tg apply --non-interactive', 'Applies `{plan}`. Without `{plan}` it plans anew: the plan gate then runs once more right before it.'),
  apply: setting('Terraform', flag(), true, '`false`: plan and gate only, and leave applying to the CI of the repository.'),

  claude_path: setting('Claude Code', text(), 'claude', 'The program on the host, a name or a path.'),
  agent: setting('Claude Code', text(), 'postmortem-todo-resolver', 'Agent definition in `.claude/agents/`; there is a built-in one of the default name.'),
  model: setting('Claude Code', text(), null, 'Model, for instance `sonnet`. Default: what the account of the host uses.'),
  budget_usd: setting('Claude Code', usd(), 5, 'What the agent may cost in one run, in US dollars.'),
  todo_timeout: setting('Claude Code', duration(), HOUR / 2, 'Time limit of one TODO, until its change is ready to be applied.'),
  idle_timeout: setting('Claude Code', duration(), HOUR / 6, 'Stop the agent when it prints nothing for so long.'),
  max_todos: setting('Claude Code', integer(1, 1000), 20, 'How many TODOs one run works on.'),
  agent_commands: setting('Claude Code', list(), [], 'Commands the agent may run, for instance `terraform fmt`. Default: none at all.'),

  slack_webhook: secret('Slack', text(), null, 'Incoming webhook: the address, or its path `T000/B000/xxxx`.'),
  slack_channel: setting('Slack', text(), null, 'Channel to post to with `slack_token`.'),
  slack_token: secret('Slack', text(), null, 'Bot token, instead of a webhook.'),
  slack_notify: setting('Slack', choice(['always', 'changes', 'failure']), 'always', 'Which runs are told to Slack.'),
  slack_timeout: setting('Slack', duration(), 10_000, 'Time limit of one request.'),
  slack_retries: setting('Slack', integer(0, 20), 3, 'How often a message is tried again; the wait Slack asks for is kept.'),

  types: setting('Lint', list(), ['Alert', 'Config', 'Monitor', 'Architecture', 'Investigation', 'Runbook', 'Migration', 'Docs', 'Process'], 'Types that are known.'),
  overdue_days: setting('Lint', daysByPriority(['P0', 'P1', 'P2', 'P3']), { P0: 14, P1: 30, P2: 90 }, 'After how many days an open TODO is overdue, by priority.'),
  fix: setting('Lint', flag(), false, 'Repair what is mechanical.'),

  health_command: setting('Health', text(), null, 'Your own check, run by `sh -c`: exit code 0 healthy, 1 warnings, 2 failures. Default: read-only checks with `kubectl`.'),
  health_context: setting('Health', text(), null, 'Context of the kubeconfig. Default: the current one.'),
  health_ignore: setting('Health', list(), [], 'What is known and does not count: globs such as `Pod/batch/import-*`, `Event/**` or `Node/spare`.'),
  health_state: setting('Health', text(), '.postmortem-plugin/health.json', 'File that keeps the last verdict, to notice a recovery.'),

  message: setting('Notify', choice(['investigating', 'fixed', 'published']), null, 'What `notify` tells reporters.'),
  subject: setting('Notify', text(), null, 'What is broken, in a few words, for `investigating` and `fixed`.'),
  issue_url: setting('Notify', text(), null, 'Address of the report that is answered.'),

  check: setting('Init', flag(), false, 'Write nothing; say which files of the kit are missing, older or changed. Exit code 1 when some are missing or older.'),
  show: setting('Init', text(), null, "Print the kit's version of one file, for `| diff FILE -`."),
  backend: setting('Init', choice(['kubernetes', 'docker', 'local']), null, "Backend of Woodpecker's agents. Default: what other pipelines of the repository say, else `kubernetes`."),

  site_dir: setting('Site', text(), 'public', 'Folder the site is written to. Files in it that `site` did not write are never touched.'),
  site_title: setting('Site', text(), null, 'Title of the site. Default: `Post-mortems of` and the name of the repository.'),
  site_url: setting('Site', text(), null, 'Address the site is published at, for the feed and for previews of links.'),
  site_robots: setting('Site', choice(['index', 'noindex']), 'index', 'Whether search engines may list the site.'),
} as const;

export type SettingName = keyof typeof SETTINGS;

type ValueOf<S> = S extends Setting<infer Value, infer Default> ? Widened<Value, Default> : never;
type Widened<Value, Default> = null extends Default ? Value | null : Value;

/** All settings, read: lists as arrays, durations in ms, money in US dollars, `null` where unset. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> };

/** The settings' names in the order of their groups. */
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
