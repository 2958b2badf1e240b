import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';

/** The most a run may take (of the plugin's own process; what runs on the host is not counted). */
const LIMIT_MIB = 150;

/** At its end each process of Node writes down the most memory it has had. */
const PRELOAD = `
const { readFileSync, writeFileSync } = require('node:fs');
process.on('exit', () => writeFileSync(__dirname + '/' + process.pid, readFileSync('/proc/self/status')));
`;

/** Measures processes of the plugin that are started with `env` in their environment. For one test. */
export function measureMemory(): { readonly env: Readonly<Record<string, string>>; expectSmall(pid: number | undefined): void } {
  const folder = mkdtempSync(join(tmpdir(), 'postmortem-memory-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const preload = join(folder, 'preload.cjs');
  writeFileSync(preload, PRELOAD);
  return {
    env: { NODE_OPTIONS: `--require ${preload} ${process.env['MORE'] ?? ''}` },
    expectSmall(pid) {
      const status = join(folder, String(pid));
      expect(existsSync(status), 'the process has ended in order').toBe(true);
      const peakMib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]) / 1024;
      if (process.env['SHOW_MEMORY']) console.log(`peak: ${peakMib.toFixed(0)} MiB (${expect.getState().currentTestName ?? ''})`);
      expect(peakMib, 'peak memory in MiB').toBeLessThan(LIMIT_MIB);
    },
  };
}
