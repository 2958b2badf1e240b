import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** Debian's Chromium, headless, and a web server for a folder of files. */

const program = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';

/** Why there is no browser, `null` when there is one. */
export const browserMissing = existsSync(program) ? null : `no ${program}; Debian has it in the package chromium`;

export async function launchBrowser(): Promise<Browser> {
  // Chromium's sandbox does not work for root, and the only pages it opens here are ours. Containers have little shared memory.
  const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  return await chromium.launch({ executablePath: program, args });
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.xml': 'application/atom+xml',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

export interface FolderServer {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** Serves the files of a folder as any plain web server would; no headers help the pages to be safe. */
export async function serveFolder(folder: string): Promise<FolderServer> {
  const server: Server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
