/** The rules of GitHub's issue forms, which Forgejo and Gitea read too: https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms */
import { parse } from 'yaml';

interface Field {
  readonly type?: string;
  readonly id?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly validations?: { readonly required?: unknown };
}

export interface IssueForm {
  readonly name?: string;
  readonly description?: string;
  readonly title?: string;
  readonly labels?: readonly string[];
  readonly body?: readonly Field[];
}

const TYPES = ['markdown', 'input', 'textarea', 'dropdown', 'checkboxes'];

/** What the forge would say against a form; empty when nothing. */
export function issueFormProblems(text: string): string[] {
  const form = parse(text) as IssueForm;
  const known = ['name', 'description', 'title', 'labels', 'assignees', 'projects', 'type', 'body'];
  const unknown = Object.keys(form).filter((key) => !known.includes(key));
  const missing = (['name', 'description', 'body'] as const).filter((key) => form[key] === undefined || form[key].length === 0);
  const fields = form.body ?? [];
  const repeated = (values: readonly unknown[]) =>
    values.filter((value, i) => value !== undefined && values.indexOf(value) !== i);
  return [
    ...unknown.map((key) => `${key} is not a key`),
    ...missing.map((key) => `${key} is missing`),
    ...repeated(fields.map(({ id }) => id)).map((id) => `two fields have the id ${String(id)}`),
    ...repeated(fields.map(({ attributes }) => attributes?.['label'])).map(
      (label) => `two fields have the label ${String(label)}`,
    ),
    ...(fields.some(({ type }) => type !== 'markdown') ? [] : ['nothing can be filled in']),
    ...fields.flatMap(fieldProblems),
  ];
}

function fieldProblems({ type, id, attributes, validations }: Field, index: number): string[] {
  const at = `body[${index}]`;
  if (!TYPES.includes(type ?? '')) return [`${at}: ${type ?? 'nothing'} is not a type`];
  if (type === 'markdown') return typeof attributes?.['value'] === 'string' ? [] : [`${at}: has no value`];
  const options = attributes?.['options'];
  return [
    ...(/^[A-Za-z0-9_-]+$/.test(id ?? '') ? [] : [`${at}: its id has other characters than letters, digits, - and _`]),
    ...(typeof attributes?.['label'] === 'string' ? [] : [`${at}: has no label`]),
    ...(validations === undefined || typeof validations.required === 'boolean'
      ? []
      : [`${at}: required is neither true nor false`]),
    ...(type === 'dropdown' && !(Array.isArray(options) && options.length > 0 && new Set(options).size === options.length)
      ? [`${at}: needs options, each once`]
      : []),
  ];
}
