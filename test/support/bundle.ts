import { fileURLToPath } from 'node:url';

/** The project's root, with its slash. */
export const project = fileURLToPath(new URL('../../', import.meta.url));

/** The built bundle, as `npm test` makes it; `POSTMORTEM_BUNDLE` names another one, for work on two things at once. */
export const bundle = process.env['POSTMORTEM_BUNDLE'] ?? `${project}dist/postmortem-plugin.cjs`;
