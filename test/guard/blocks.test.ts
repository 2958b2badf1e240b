import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allBlocks, callsOf, readHcl } from '../../src/guard/blocks.ts';
import { HclError, tokenize } from '../../src/guard/hcl.ts';

const types = (text: string): string[] =>
  allBlocks(readHcl(text).blocks).map(({ type, labels, line }) => [type, ...labels, line].join(' '));
const error = (text: string): string => {
  try {
    readHcl(text);
    return 'none';
  } catch (thrown) {
    if (!(thrown instanceof HclError)) throw thrown;
    return `${thrown.line}: ${thrown.message}`;
  }
};

describe('reading HCL', () => {
  it('gives blocks at any depth with their labels and lines', () => {
    const text = 'a "b" c {\n  d {\n    e = 1\n  }\n  f "g" { h = 2 }\n}\n\ni {}\n';
    expect(types(text)).toEqual(['a b c 1', 'd 2', 'f g 5', 'i 8']);
  });

  it.each([
    ['comments of every kind', '# a {\n// b {\n/* c {\n} */ d {} # e\n', ['d 4']],
    ['a text that looks like a comment', 'a = "/*"\nb {}\n# */\n', ['b 2']],
    ['a text that looks like a block', 'a = "b {"\nc {}\n', ['c 2']],
    ['escapes in a text', 'a = "\\"\\\\"\nb {}\n', ['b 2']],
    ['escapes in a label', 'a "\\u0062\\U00000063" {}\n', ['a bc 1']],
    ['an escaped interpolation', 'a = "$${"\nb = "%%{"\nc {}\n', ['c 3']],
    ['an interpolation with texts and brackets in it', 'a = "${f("}", { b = "${c}" })}"\nd {}\n', ['d 2']],
    ['an interpolation over several lines, with a comment', 'a = "${\n b # }"\n}"\nc {}\n', ['c 4']],
    ['a heredoc', 'a = <<E\nb {\n E x\n"\nE\nc {}\n', ['c 6']],
    ['an indented heredoc', 'a = <<-E\n  b {\n  E\nc {}\n', ['c 4']],
    ['a heredoc with interpolations', 'a = <<E\n${f("E\\n")} %{ if x }\n E"\n%{ endif }\nE\n', []],
    ['a heredoc in an interpolation of a heredoc', 'a = <<E\n${<<F\nE\nF\n}\nE\nb {}\n', ['b 7']],
    ['Windows line ends', 'a {\r\n  b = <<E\r\nx\r\nE\r\n}\r\nc {}\r\n', ['a 1', 'c 6']],
    ['a byte order mark', '\ufeffa {}\n', ['a 1']],
    ['expressions over several lines', 'a = [\n  for k, v in b : {\n    c = v\n  } if k != "}"\n]\nd {}\n', ['d 6']],
    ['names of other alphabets', 'ünïcödé-1 "中文" {}\n', ['ünïcödé-1 中文 1']],
    ['no newline at the end', 'a {}', ['a 1']],
    ['a heredoc as the last thing', 'a = <<E\nx\nE', []],
  ])('understands %s', (_, text, expected) => {
    expect(types(text)).toEqual(expected);
  });

  it.each([
    ['a text without an end', 'a = "b\n"\n', '1: a quoted text has no end on its line'],
    ['a comment without an end', 'a = 1\n/* b', '2: there is something that is neither an attribute nor a block'],
    ['a heredoc without an end', 'a = <<E\nb\n', '3: a text or a ${...} in it has no end'],
    ['an interpolation without an end', 'a = "${b"\n', '1: a quoted text has no end on its line'],
    ['a block without an end', 'a {\n', '2: a block has no end'],
    ['a bracket too many', 'a {}\n}\n', '2: there is something that is neither an attribute nor a block'],
    ['a bracket too many in an expression', 'a = b)\n', '1: a bracket closes nothing'],
    ['a newline before the bracket of a block', 'a "b"\n{\n}\n', '1: a begins no proper block'],
    ['a quoted block type', '"a" "b" {\n}\n', '1: there is something that is neither an attribute nor a block'],
    ['an interpolation in a label', 'a "${b}" {}\n', '1: a begins no proper block'],
    ['a heredoc whose marker is followed by something', 'a = <<E x\nE\n', '1: a heredoc has no proper marker'],
    ['a marker that ends in a space nobody sees', 'a = <<E\nE\u00a0\nE\n', '2: it is not clear whether a heredoc ends here'],
    ['dollars that can be read in two ways', 'a = "$$${b}"\n', '1: $$${ can be read in two ways'],
    ['an unknown escape', 'a = "\\x"\n', '1: a backslash escape is not one HCL knows'],
    [
      "characters that are none of HCL's",
      'a = 1\n\u200bb {}\n',
      '2: there is a character that does not belong there (U+200B)',
    ],
    ['a lone carriage return', 'a = 1\rb = 2\n', '1: there is a character that does not belong there (U+000D)'],
    ['JSON', '{"a": 1}', '1: there is something that is neither an attribute nor a block'],
    ['an attribute without a value', 'a =\n', '1: a has no value'],
    ['absurd nesting', 'a {\n'.repeat(100) + '}\n'.repeat(100), '61: blocks are nested too deeply'],
  ])('refuses %s', (_, text, expected) => {
    expect(error(text)).toBe(expected);
  });

  it('compares blocks by what they say, not by how it is laid out', () => {
    const canonical = (text: string): string | undefined => readHcl(text).blocks[0]?.canonical;
    expect(canonical('a "b" {\n  c = [1,\n 2] # x\n}\n')).toBe(canonical('a "b" {\n\n\tc=[1, 2]\n}\n'));
    expect(canonical('a { b = "c" }')).not.toBe(canonical('a { b = c }'));
    expect(canonical('a { b = "${c}" }')).not.toBe(canonical('a { b = "$${c}" }'));
    expect(canonical('a { b = ["c d"] }')).not.toBe(canonical('a { b = ["c", "d"] }'));
  });

  it('finds calls wherever they stand, with their arguments', () => {
    const text = 'a = "${file("x")}"\nb = <<E\n${file("y")} file("z")\nE\nc = "file(1)" # file(2)\nd = upper(file(\n"w"))\n';
    const calls = callsOf(tokenize(text), /^file$/);
    expect(calls.map(({ line, argument }) => [line, argument.map((token) => token.text).join('')])).toEqual([
      [1, 'x'],
      [3, 'y'],
      [6, 'w'],
    ]);
  });

  it('either understands a text or throws an HclError with a line of it', () => {
    const piece = fc.constantFrom(
      '"',
      '${',
      '%{',
      '}',
      '{',
      '$',
      '\\',
      '\n',
      '<<E\n',
      'E\n',
      '#',
      '/*',
      '*/',
      '=',
      'a',
      ' ',
      '(',
      ')',
      '[',
      ']',
      '1',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const line = Number(/^(\d+):/.exec(error(text))?.[1] ?? 1);
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(text.split('\n').length);
      }),
      { numRuns: 2000 },
    );
  });
});
