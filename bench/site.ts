import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { browserMissing, launchBrowser, serveFolder } from '../test/support/browser.ts';
import { generatedDocuments } from './documents.ts';
import { median } from './median.ts';
import type { BenchRow } from './ssh.ts';

const DOCUMENTS = 1000;
const ROUNDS = 3;
const FILTER = `filtering the index of ${DOCUMENTS} documents, from the key to the painted frame / two frames`;

/** Told by the process itself, since a parent does not learn what one child took. */
const TELL_USAGE = `process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('cpu ' + (user + system) / 1000); });`;

/** The site of 1,000 documents: the time of building it, the weight of its index, and how fast its filter answers in Chromium. From the repository's root. */
export async function benchSite(): Promise<BenchRow[]> {
  const root = mkdtempSync(join(tmpdir(), 'postmortem-bench-site-'));
  try {
    blowUp(join(root, 'docs/post-mortems'));
    const perDocument = median(Array.from({ length: ROUNDS }, () => build(root) / DOCUMENTS));
    const kilobytes = statSync(join(root, 'public/index.html')).size / 1000;
    return [
      { what: `the site of ${DOCUMENTS} documents, processor time a document / 25 ms`, ours: perDocument, theirs: 25, unit: 'ms', ratio: perDocument / 25, target: 1 },
      { what: `the index of ${DOCUMENTS} documents / 1 MB`, ours: kilobytes, theirs: 1000, unit: 'kB', ratio: kilobytes / 1000, target: 1 },
      browserMissing === null ? await filter(join(root, 'public')) : { what: FILTER, skipped: browserMissing },
    ];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The documents of ../shared/corpus, generated ones where it is absent, copied under dates of their own. */
function blowUp(folder: string): void {
  const corpus = resolve('../shared/corpus/infra/docs');
  const documents = existsSync(corpus) ? readdirSync(corpus).map((name) => ({ name: name.slice(11), text: readFileSync(join(corpus, name), 'utf8') })) : generatedDocuments().map((text, index) => ({ name: `outage-${index}.md`, text }));
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < DOCUMENTS; number++) {
    const document = documents[number % documents.length];
    const date = new Date(Date.UTC(2020, 0, 1 + number * 2)).toISOString().slice(0, 10);
    const text = document?.text.replace(/(?<![\d-])\d{4}-\d{2}-\d{2}(?![\d-])/, date) ?? '';
    writeFileSync(join(folder, `${date}-${document?.name ?? ''}`), text);
  }
}

/** Milliseconds of processor time, collecting garbage included. Where there is `taskset`, all of it on one core. */
function build(root: string): number {
  rmSync(join(root, 'public'), { recursive: true, force: true });
  const usage = join(root, 'usage.cjs');
  writeFileSync(usage, TELL_USAGE);
  const words = [process.execPath, '--require', usage, resolve('dist/postmortem-plugin.cjs'), 'site'];
  const [program = '', ...rest] = existsSync('/usr/bin/taskset') ? ['/usr/bin/taskset', '-c', '0', ...words] : words;
  const { status, stderr } = spawnSync(program, rest, { cwd: root, encoding: 'utf8' });
  const [, milliseconds] = /cpu ([\d.]+)/.exec(stderr) ?? [];
  if (status !== 0 || milliseconds === undefined) throw new Error(`site ended with ${status}: ${stderr}`);
  return Number(milliseconds);
}

/** Types words into the search, each time as one change, and waits for the frame that shows the answer. */
const TYPE = `(async () => {
  const box = document.querySelector('input[type=search]');
  const times = [];
  for (const words of ['v', 'va', 'vault', 'nfs', '', 'reboot node', 'zzz', 'd', 'dns', '', 'alert', 'immich', '', 'a', 'k8s', '']) {
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const start = performance.now();
    box.value = words;
    box.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); }));
    times.push(performance.now() - start);
  }
  return times;
})()`;

async function filter(folder: string): Promise<BenchRow> {
  const server = await serveFolder(folder);
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(server.address);
    await page.evaluate(TYPE);
    const ours = median(await page.evaluate<number[]>(TYPE));
    const theirs = 1000 / 30;
    return { what: FILTER, ours, theirs, unit: 'ms', ratio: ours / theirs, target: 1 };
  } finally {
    await browser.close();
    await server.close();
  }
}
