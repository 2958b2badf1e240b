import { execFile } from 'node:child_process';
import { bundle } from './bundle.ts';
import { Planted } from './planted.ts';

export interface PluginEnded {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built bundle as people at a terminal call it, with an environment of its own. No secret of that is in what it prints. */
export function plugin(
  cwd: string,
  words: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly uid?: number } = {},
): Promise<PluginEnded> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: cwd, ...options.env };
  const planted = new Planted();
  planted.addSettings(env);
  return new Promise<PluginEnded>((resolve) => {
    execFile(
      process.execPath,
      [bundle, ...words],
      { cwd, env, maxBuffer: 1e8, ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }) },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr });
      },
    );
  }).then((ended) => {
    planted.expectNoneIn({ 'standard output': ended.stdout, 'standard error': ended.stderr });
    return ended;
  });
}
