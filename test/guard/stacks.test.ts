import { describe, expect, it } from 'vitest';
import { blastRadius, references, stacksOf } from '../../src/guard/stacks.ts';

const paths = (...names: string[]): { path: string }[] => names.map((path) => ({ path }));

describe('where a patch landed', () => {
  it('names the folder of each changed stack once, and what belongs to none', () => {
    const files = paths(
      'stacks/web/main.tf',
      'stacks/web/modules/a/x.tf',
      'stacks/db/main.tf',
      'modules/x/main.tf',
      'README.md',
    );
    expect(stacksOf(files, ['stacks/*'])).toEqual({
      stacks: ['stacks/db', 'stacks/web'],
      outside: ['README.md', 'modules/x/main.tf'],
    });
  });

  it('does not take a file beside the stacks for a stack', () => {
    expect(stacksOf(paths('stacks/README.md'), ['stacks/*'])).toEqual({ stacks: [], outside: ['stacks/README.md'] });
  });

  it('takes several patterns, and the topmost folder that matches', () => {
    const files = paths('live/prod/web/main.tf', 'stacks/web/deep/main.tf', 'other/x.tf');
    expect(stacksOf(files, ['live/*/*', './stacks/**/'])).toEqual({
      stacks: ['live/prod/web', 'stacks/web'],
      outside: ['other/x.tf'],
    });
  });

  it('minds the case of names: another case is another folder', () => {
    expect(stacksOf(paths('Stacks/web/main.tf'), ['stacks/*']).outside).toEqual(['Stacks/web/main.tf']);
  });

  it('finds no stack without a pattern', () => {
    expect(stacksOf(paths('stacks/web/main.tf'), ['', ' ']).stacks).toEqual([]);
  });
});

describe('the blast radius of files outside every stack', () => {
  it.each([
    'main.tf',
    'main.tf.json',
    'main.tofu',
    'x.tfvars',
    'x.tfvars.json',
    'prod.auto.tfvars',
    'env.hcl',
    'x.hcl.json',
    'x.tftpl',
    'x.yaml.tpl',
    'X.TF',
  ])('is unknown for modules/shared/%s', (name) => {
    expect(blastRadius([`modules/shared/${name}`], [])).toEqual([
      `modules/shared/${name}: is shared by stacks, so what it changes is not known`,
    ]);
  });

  it.each(['docs/runbooks/nfs.md', 'scripts/daily-backup.sh', 'README.md', 'main.tf.md', 'x.tfvars.example'])(
    'is none for %s, which nothing reads',
    (path) => {
      const sources = [{ path: 'stacks/web/main.tf', text: 'resource "x" "y" {\n  a = file("${path.module}/x.json")\n}\n' }];
      expect(blastRadius([path], sources)).toEqual([]);
    },
  );

  it('is unknown for a file that Terraform code reads', () => {
    const sources = [{ path: 'stacks/infra/main.tf', text: 'content = file("../../scripts/pve-nfs-exports")' }];
    expect(blastRadius(['scripts/pve-nfs-exports'], sources)).toEqual([
      'scripts/pve-nfs-exports: stacks/infra/main.tf may read it, so what it changes is not known',
    ]);
  });
});

describe('references from Terraform code', () => {
  const referred = (file: string, text: string, path = 'stacks/web/main.tf'): boolean =>
    references([file], [{ path, text }]).length > 0;

  it.each([
    ['the name', 'files/app.conf', 'x = "${path.module}/../../files/app.conf"'],
    ['the name in a comment', 'files/app.conf', '# kept in step with app.conf.'],
    [
      'the folder in a fileset',
      'config/dashboards/a.json',
      'for_each = fileset("${path.root}/../../config/dashboards", "*.json")',
    ],
    ['a folder above in a fileset', 'config/dashboards/a.json', 'for_each = fileset("../../config", "**/*.json")'],
    ['the folder in a hash', 'image/Dockerfile.base', 'x = filesha256("../../image/${local.name}")'],
    [
      'the folder in a call over several lines',
      'config/a.json',
      'x = templatefile(\n  "../../config/${var.name}.json",\n  {}\n)',
    ],
    ['a wildcard over the root', 'notes.md', 'x = fileset("${path.module}/../..", "*.md")'],
  ])('are found by %s', (_, file, text) => {
    expect(referred(file, text)).toBe(true);
  });

  it('are taken for possible where the code lies beside or above the file and puts names together', () => {
    const text = 'x = file("${path.module}/alert-${each.key}.json")';
    expect(referred('modules/alerts/alert-nfs.json', text, 'modules/alerts/main.tf')).toBe(true);
    expect(referred('modules/alerts/deep/x.json', text, 'modules/alerts/main.tf')).toBe(true);
    expect(referred('modules/other/x.json', text, 'modules/alerts/main.tf')).toBe(false);
  });

  it.each([
    ['another name that contains it', 'scripts/tg', 'x = "length.tgz and my-tg"'],
    ['another ending', 'files/app.conf', 'x = "app.config"'],
    ['the folder outside a call', 'config/a.json', 'config = "x"'],
    ['a call in another folder', 'docs/a.md', 'x = file("${path.module}/files/b.json")'],
    ['names that are patterns', 'files/a.b', 'x = "aXb"'],
  ])('are not found in %s', (_, file, text) => {
    expect(referred(file, text)).toBe(false);
  });

  it('does not take a file for its own reader', () => {
    expect(references(['files/app.conf'], [{ path: 'files/app.conf', text: 'app.conf' }])).toEqual([]);
  });
});
