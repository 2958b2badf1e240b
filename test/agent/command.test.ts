import { describe, expect, it } from 'vitest';
import { buildCommand, type CommandOptions } from '../../src/agent/command.ts';
import { agentDefinition } from '../../src/agent/definition.ts';
import { UserError } from '../../src/errors.ts';

const SESSION = '6b1f0c4e-0000-4000-8000-000000000001';

function options(fields: Partial<CommandOptions> = {}): CommandOptions {
  return {
    claudePath: '/opt/claude',
    definition: agentDefinition('postmortem-todo-resolver', null),
    worktree: '/home/wizard/code/infra.worktree',
    session: { kind: 'new', id: SESSION },
    model: null,
    budgetUsd: 5,
    protectedPaths: ['stacks/vault/**'],
    agentCommands: [],
    isolation: [],
    ...fields,
  };
}

/** Claude Code's own words: what follows its path. */
function words(fields: Partial<CommandOptions> = {}): readonly string[] {
  const { argv } = buildCommand(options(fields));
  return argv.slice(argv.indexOf('/opt/claude') + 1);
}

/** The words of an option that takes several: up to the next option. */
function several(argv: readonly string[], name: string): readonly string[] {
  const rest = argv.slice(argv.indexOf(name) + 1);
  return rest.slice(
    0,
    rest.findIndex((word) => word.startsWith('--')),
  );
}

describe('the command line of an agent call', () => {
  it('streams, denies what is not allowed, and loads nothing of the repository', () => {
    expect(words()).toEqual(
      expect.arrayContaining([
        '-p',
        'stream-json',
        '--verbose',
        'dontAsk',
        '--setting-sources=',
        '--strict-mcp-config',
        '--disable-slash-commands',
      ]),
    );
  });

  it('has no shell unless commands are allowed, and then only those', () => {
    expect(words()).toContain('--tools=Read,Grep,Glob,Edit,Write');
    expect(several(words(), '--allowedTools')).toEqual(['Edit(/**)']);
    const some = words({ agentCommands: ['terraform fmt', 'scripts/tg validate'] });
    expect(some).toContain('--tools=Read,Grep,Glob,Edit,Write,Bash');
    expect(several(some, '--allowedTools')).toEqual(['Edit(/**)', 'Bash(terraform fmt:*)', 'Bash(scripts/tg validate:*)']);
  });

  it('denies edits of a script that may be run: it would be arbitrary code', () => {
    expect(several(words({ agentCommands: ['scripts/tg validate', 'terraform fmt'] }), '--disallowedTools')).toContain(
      'Edit(scripts/tg)',
    );
  });

  it('denies edits of protected paths as far as Claude Code knows such patterns', () => {
    const protectedPaths = [
      'stacks/{vault,dbaas}/**',
      '/scripts/**',
      './ci/*',
      'CLAUDE*.md',
      'a,b (c)/**',
      '!keep',
      'x/+(y)',
      '{a,{b,c}}.tf',
      '',
    ];
    const denied = several(words({ protectedPaths }), '--disallowedTools').filter(
      (rule) => rule.startsWith('Edit(') && !/~|\/\//.test(rule),
    );
    expect(denied).toEqual([
      ...[
        'Edit(stacks/vault/**)',
        'Edit(stacks/dbaas/**)',
        'Edit(scripts/**)',
        'Edit(ci/*)',
        'Edit(CLAUDE*.md)',
        'Edit(a,b (c)/**)',
      ],
      ...['Edit(a.tf)', 'Edit(b.tf)', 'Edit(c.tf)'],
    ]);
  });

  it('gives the agent the way to answer', () => {
    const argv = words();
    const agents = JSON.parse(argv[argv.indexOf('--agents') + 1] ?? '') as Record<string, { tools: string[]; prompt: string }>;
    expect(argv).toContain('--agent=postmortem-todo-resolver');
    expect(agents['postmortem-todo-resolver']?.tools).toContain('StructuredOutput');
    const schema = JSON.parse(argv[argv.indexOf('--json-schema') + 1] ?? '') as Record<string, unknown>;
    expect(schema).toMatchObject({ type: 'object', required: ['status', 'summary', 'files'], additionalProperties: false });
  });

  it('opens a conversation or goes on in it, with the model only if one is set', () => {
    expect(words()).toContain(`--session-id=${SESSION}`);
    expect(words().join(' ')).not.toMatch(/--model|--resume/);
    const again = words({ session: { kind: 'resume', id: SESSION }, model: 'sonnet' });
    expect(again).toEqual(expect.arrayContaining([`--resume=${SESSION}`, '--model=sonnet']));
    expect(again.join(' ')).not.toContain('--session-id');
  });

  it.each([
    [5, '5'],
    [0.1 + 0.2, '0.3'],
    [4.98765, '4.9876'],
    [0.00001, '0.0001'],
  ])('never rounds a budget of %d up to more than what is left, but keeps it above zero', (budgetUsd, shown) => {
    const argv = words({ budgetUsd });
    expect(argv[argv.indexOf('--max-budget-usd') + 1]).toBe(shown);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('is not built for a budget of %d', (budgetUsd) => {
    expect(() => buildCommand(options({ budgetUsd }))).toThrow(RangeError);
  });

  it.each(['', 'a; b', 'a | b', '$(id)', 'a)', 'a *', 'a "b"', 'a\nb', ' a', 'a  b', 'a:*', 'a,b', 'FOO=1 a'])(
    'refuses %j as a command the agent may run',
    (command) => {
      expect(() => buildCommand(options({ agentCommands: [command] }))).toThrow(UserError);
    },
  );

  it('puts the process namespace behind the scrub and before Claude Code', () => {
    const { argv } = buildCommand(options({ isolation: ['unshare', '--fork'] }));
    expect(argv[0]).toBe('sh');
    expect(argv.indexOf('unshare')).toBe(argv.indexOf('/opt/claude') - 2);
  });

  it('keeps git from other repositories, remotes, hooks and questions', () => {
    expect(buildCommand(options()).env).toMatchObject({
      GIT_CEILING_DIRECTORIES: '/home/wizard/code',
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_TERMINAL_PROMPT: '0',
      TERM: 'dumb',
    });
  });

  it('refuses a definition that would not fit a command line', () => {
    const text = (length: number) => `---\nname: long\ndescription: d\n---\n${'x'.repeat(length)}`;
    const definition = (length: number) => agentDefinition('long', [{ path: '.claude/agents/long.md', text: text(length) }]);
    expect(buildCommand(options({ definition: definition(30_000) })).argv.join('').length).toBeLessThan(65_536);
    expect(() => buildCommand(options({ definition: definition(70_000) }))).toThrow(/agent: .*bytes/);
  });
});
