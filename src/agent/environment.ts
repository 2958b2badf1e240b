import { dirname } from 'node:path/posix';

/**
 * The variables the agent starts with; everything else of the host's environment (SSH_AUTH_SOCK, VAULT_TOKEN, KUBECONFIG,
 * TF_VAR_*, AWS_*, GIT_* ...) is taken away, so that nothing the agent may run or print can use it.
 * The last two lines are what this project sets itself: `fixedEnvironment`, and the marker the host module finds processes by.
 */
const KEPT = [
  'HOME|PATH|PWD|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|TMPDIR|TERM',
  'HTTPS?_PROXY|NO_PROXY|ALL_PROXY|https?_proxy|no_proxy|all_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR',
  'ANTHROPIC_[A-Z0-9_]+|API_TIMEOUT_MS|CLAUDE_CONFIG_DIR',
  'CLAUDE_CODE_(OAUTH_TOKEN|USE_(BEDROCK|VERTEX|FOUNDRY)|SKIP_(BEDROCK|VERTEX|FOUNDRY)_AUTH)',
  'POSTMORTEM_PLUGIN_EXEC|DISABLE_AUTOUPDATER|CLAUDE_CODE_(DISABLE_[A-Z_]+|MAX_RETRIES)|BASH_MAX_TIMEOUT_MS',
  'GIT_(ALLOW_PROTOCOL|TERMINAL_PROMPT|CEILING_DIRECTORIES|CONFIG_(COUNT|(KEY|VALUE)_[0-9]))',
].join('|');

/** Credentials of a cloud, kept only when Claude Code reaches its model through that cloud. */
const CLOUDS = [
  ['CLAUDE_CODE_USE_BEDROCK', 'AWS_[A-Z0-9_]+'],
  ['CLAUDE_CODE_USE_VERTEX', 'GOOGLE_[A-Z0-9_]+|GCLOUD_PROJECT|CLOUD_ML_REGION|VERTEX_REGION_[A-Z0-9_]+'],
  ['CLAUDE_CODE_USE_FOUNDRY', 'AZURE_[A-Z0-9_]+'],
] as const;

/**
 * Takes away by name: values would show in the process list. `awk` knows the exact names, also beside values with newlines;
 * without it nothing starts (126). The folder of Claude Code's own installer is added: over SSH there is no login shell's PATH.
 */
const SCRIPT = `names=$(awk 'BEGIN {
  keep = "${KEPT}"
${CLOUDS.map(([name, kept]) => `  if (ENVIRON["${name}"] ~ /^(1|true|yes|on)$/) keep = keep "|${kept}"`).join('\n')}
  for (name in ENVIRON) if (name !~ ("^(" keep ")$")) print name
}') || exit 126
set -f
for name in $names; do set -- -u "$name" "$@"; done
PATH=$PATH\${HOME:+:$HOME/.local/bin} exec env "$@"`;

/** Words in front of a command line that start it with only the kept part of the host's environment. */
export function scrubPrefix(): string[] {
  return ['sh', '-c', SCRIPT, 'sh'];
}

/**
 * Variables every agent gets; none is secret. Nothing leaves but requests to the model, nothing updates itself, no memory of
 * earlier runs is read, nothing runs in the background, and git, which Claude Code calls for its own needs, neither runs what a
 * repository configures nor reaches a remote.
 * @param worktree absolute path
 */
export function fixedEnvironment(worktree: string): Record<string, string> {
  return {
    TERM: 'dumb',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    CLAUDE_CODE_MAX_RETRIES: '4',
    DISABLE_AUTOUPDATER: '1',
    BASH_MAX_TIMEOUT_MS: '600000',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CEILING_DIRECTORIES: dirname(worktree),
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: 'false',
    GIT_CONFIG_KEY_1: 'core.hooksPath',
    GIT_CONFIG_VALUE_1: '/dev/null',
  };
}
