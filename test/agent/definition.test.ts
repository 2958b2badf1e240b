import { describe, expect, it } from 'vitest';
import { agentDefinition } from '../../src/agent/definition.ts';
import { UserError } from '../../src/errors.ts';

const file = (text: string, path = '.claude/agents/any.md') => ({ path, text });
const NAME = 'postmortem-todo-resolver';

describe('the agent definition', () => {
  it('is the built-in one when the repository has none of that name', () => {
    const definition = agentDefinition(NAME, [file('---\nname: other\ndescription: d\n---\nbody')]);
    expect(definition).toMatchObject({ name: NAME, source: 'built in' });
    expect(definition.prompt).toContain('StructuredOutput');
    expect(definition.prompt).not.toContain('---\nname:');
    expect(definition.description).toContain('TODO');
  });

  it("is the repository's own, found by the name in its front matter and not by its file name", () => {
    const own = file(`---\nname: ${NAME}\ndescription: ours\n---\n\nDo it our way.\n`, '.claude/agents/fixer.md');
    expect(agentDefinition(NAME, [file('no front matter'), own])).toEqual({
      name: NAME,
      description: 'ours',
      prompt: 'Do it our way.',
      source: '.claude/agents/fixer.md',
      ignored: [],
    });
  });

  it.each([
    ['Windows line ends and a byte order mark', '\ufeff---\r\nname: mine\r\ndescription: d e\r\n---\r\nbody\r\n'],
    ['quotes', '---\nname: "mine"\ndescription: \'d e\'\n---\nbody'],
    ['folded text and a comment', '---\nname: mine # ours\ndescription: >-\n  d\n  e\n---\nbody'],
  ])('reads a file with %s', (_, text) => {
    expect(agentDefinition('mine', [file(text)])).toMatchObject({ name: 'mine', description: 'd e', prompt: 'body' });
  });

  it('names the keys of the file that have no effect', () => {
    const text =
      '---\nname: mine\ndescription: d\ntools: Bash\npermissionMode: bypassPermissions\nhooks:\n  Stop:\n    - x\n---\nbody';
    expect(agentDefinition('mine', [file(text)]).ignored).toEqual(['tools', 'permissionMode', 'hooks']);
  });

  it('is missing, with the names there are, when another name was asked for', () => {
    const files = [file('---\nname: mine\ndescription: d\n---\nbody'), file('---\nname: halved\n---\nno description')];
    const wanted = () => agentDefinition('yours', files);
    expect(wanted).toThrow(UserError);
    expect(wanted).toThrow(/agent: .*"yours"/);
    expect(() => agentDefinition('halved', files)).toThrow(UserError);
  });

  it.each(['--dangerous', '', 'a b', 'x'.repeat(65), '../x', 'a"b'])('refuses %j as a name', (name) => {
    expect(() => agentDefinition(name, [])).toThrow(UserError);
  });

  it('stands in for one that cannot be looked up', () => {
    expect(agentDefinition('yours', null)).toMatchObject({ source: 'built in' });
  });
});
