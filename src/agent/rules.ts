import { UserError } from '../errors.ts';

/** Files that are likely to hold secrets, at any depth (gitignore patterns), whether git has them or not. */
const UNREADABLE = [
  ...['.env', '.env.*', '*.tfvars', '*.tfvars.json', '*.tfstate', '*.tfstate.*', '.vault-token', '.netrc', '.npmrc'],
  ...['kubeconfig', '*.kubeconfig', '.kube/**', '.ssh/**', '.git-credentials', 'id_rsa*', 'id_ecdsa*', 'id_ed25519*'],
  ...['*.pem', '*.key', '*.p12', '~/.ssh/**', '~/.kube/**', '~/.aws/**', '~/.vault-token'],
];

/**
 * Claude Code may always write its memory, which lies outside of the working directory (for a worktree: that of the
 * repository it belongs to). Text planted there would reach a later run, or a person at work in the workspace. The second
 * pattern is for any CLAUDE_CONFIG_DIR.
 */
const MEMORY = ['~/.claude/**', '//**/projects/-*/memory/**'];

const COMMAND = /^[\w./@%+-]+(?: [\w./@%+=:-]+)*$/;

/**
 * Rules for `--allowedTools`. `Edit(/**)` is the working directory and covers Write; a bare `Edit` would be the whole disk.
 * @throws UserError when a command is more than plain words: a rule that means something else than it seems is no rule
 */
export function allowRules(agentCommands: readonly string[]): string[] {
  for (const command of agentCommands) {
    if (!COMMAND.test(command)) {
      throw new UserError(
        `agent_commands: ${JSON.stringify(command.slice(0, 80))} is more than the beginning of a command`,
        'Give plain words, such as `terraform fmt`; the agent may add arguments. No quotes, pipes, variables or patterns.',
      );
    }
  }
  return ['Edit(/**)', ...agentCommands.map((command) => `Bash(${command}:*)`)];
}

/**
 * Rules for `--disallowedTools`: no edit of protected paths (early, so that the model can still do something else; the patch
 * gate decides) or of a script the agent may run, which would be arbitrary code, and no reading of likely secrets.
 */
export function denyRules(protectedPaths: readonly string[], agentCommands: readonly string[]): string[] {
  const scripts = agentCommands.map((command) => command.split(' ')[0] ?? '').filter((program) => program.includes('/'));
  const edits = [...protectedPaths.flatMap(gitignorePatterns), ...scripts, ...MEMORY];
  return [...new Set([...edits.map((pattern) => `Edit(${pattern})`), ...UNREADABLE.map((pattern) => `Read(${pattern})`)])];
}

/**
 * A glob of `protected_paths` as the gitignore patterns of Claude Code's rules, which know no braces. What cannot be said there
 * (extglobs, negation) gives no rule, and stays with the patch gate.
 */
function gitignorePatterns(glob: string): string[] {
  const [, before, choices, after] = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(glob) ?? [];
  if (choices !== undefined) {
    return choices.split(',').flatMap((choice) => gitignorePatterns(`${before ?? ''}${choice}${after ?? ''}`));
  }
  return glob === '' || /[{}\\\n]|^!|[!?*+@]\(/.test(glob) ? [] : [glob.replace(/^\.?\//, '')];
}
