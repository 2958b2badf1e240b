/** The kit: every file `init` writes into a repository. This list is the only one; the texts are the files of examples/. */
import resolverAgent from '../../examples/.claude/agents/postmortem-todo-resolver.md';
import clusterHealthSkill from '../../examples/.claude/skills/cluster-health/SKILL.md';
import postMortemSkill from '../../examples/.claude/skills/post-mortem/SKILL.md';
import postMortemTemplate from '../../examples/.claude/skills/post-mortem/template.md';
import issueConfig from '../../examples/.github/ISSUE_TEMPLATE/config.yml';
import featureForm from '../../examples/.github/ISSUE_TEMPLATE/feature-request.yml';
import outageForm from '../../examples/.github/ISSUE_TEMPLATE/outage-report.yml';
import deployWorkflow from '../../examples/.github/workflows/deploy-post-mortems.yml';
import featureTemplate from '../../examples/.gitlab/issue_templates/feature-request.md';
import outageTemplate from '../../examples/.gitlab/issue_templates/outage-report.md';
import digestPipeline from '../../examples/.woodpecker/postmortem-digest.yml';
import lintPipeline from '../../examples/.woodpecker/postmortem-lint.yml';
import sitePipeline from '../../examples/.woodpecker/postmortem-site.yml';
import todosOnKubernetes from '../../examples/.woodpecker/postmortem-todos.yml';
import todosOnDocker from '../../examples/backends/docker/.woodpecker/postmortem-todos.yml';
import todosLocally from '../../examples/backends/local/.woodpecker/postmortem-todos.yml';
import incidentResponse from '../../examples/docs/incident-response.md';
import postMortemsReadme from '../../examples/new-repository/docs/post-mortems/README.md';
import type { Backend, Forge } from './facts.ts';

export interface KitFile {
  /** Where it goes, relative to the repository's root. */
  readonly path: string;
  /** With places such as `{{branch}}`, see fill.ts. */
  readonly text: string;
  /** Only for these forges; `null` stands for one that could not be found out. Absent: for all. */
  readonly forges?: readonly (Forge | null)[];
  /** Only for these backends of Woodpecker's agents. Absent: for all. */
  readonly backends?: readonly Backend[];
}

/**
 * Forges that read issue forms from .github/ISSUE_TEMPLATE: GitHub, and Forgejo and Gitea too
 * (https://forgejo.org/docs/latest/user/issue-pull-request-templates/). GitLab has Markdown templates only.
 */
const ISSUE_FORMS: readonly (Forge | null)[] = ['github', 'forgejo', 'gitea', null];

export const KIT: readonly KitFile[] = [
  { path: '.claude/skills/post-mortem/SKILL.md', text: postMortemSkill },
  { path: '.claude/skills/post-mortem/template.md', text: postMortemTemplate },
  { path: '.claude/skills/cluster-health/SKILL.md', text: clusterHealthSkill },
  { path: '.claude/agents/postmortem-todo-resolver.md', text: resolverAgent },
  { path: '.woodpecker/postmortem-todos.yml', text: todosOnKubernetes, backends: ['kubernetes'] },
  { path: '.woodpecker/postmortem-todos.yml', text: todosOnDocker, backends: ['docker'] },
  { path: '.woodpecker/postmortem-todos.yml', text: todosLocally, backends: ['local'] },
  { path: '.woodpecker/postmortem-lint.yml', text: lintPipeline },
  { path: '.woodpecker/postmortem-digest.yml', text: digestPipeline },
  { path: '.woodpecker/postmortem-site.yml', text: sitePipeline },
  { path: '.github/ISSUE_TEMPLATE/outage-report.yml', text: outageForm, forges: ISSUE_FORMS },
  { path: '.github/ISSUE_TEMPLATE/feature-request.yml', text: featureForm, forges: ISSUE_FORMS },
  { path: '.github/ISSUE_TEMPLATE/config.yml', text: issueConfig, forges: ISSUE_FORMS },
  { path: '.github/workflows/deploy-post-mortems.yml', text: deployWorkflow, forges: ['github'] },
  { path: '.gitlab/issue_templates/outage-report.md', text: outageTemplate, forges: ['gitlab'] },
  { path: '.gitlab/issue_templates/feature-request.md', text: featureTemplate, forges: ['gitlab'] },
  { path: 'docs/incident-response.md', text: incidentResponse },
  { path: 'docs/post-mortems/README.md', text: postMortemsReadme },
];

/** The files for one repository. */
export function kitFor(forge: Forge | null, backend: Backend): readonly KitFile[] {
  return KIT.filter(({ forges, backends }) => (forges?.includes(forge) ?? true) && (backends?.includes(backend) ?? true));
}
