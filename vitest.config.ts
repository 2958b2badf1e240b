import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The bundle imports the kit's files and the site's assets as text; the tests read them the same way.
  plugins: [
    {
      name: 'text',
      enforce: 'pre',
      // Under another name, or Vite would take style sheets and pictures for its own.
      resolveId(module, importer) {
        return importer !== undefined && /\.(?:css|svg|client\.js)$/.test(module) ? `${resolve(dirname(importer), module)}.text` : undefined;
      },
      load(id) {
        return /\.(?:md|yml|text)$/.test(id) ? `export default ${JSON.stringify(readFileSync(id.replace(/\.text$/, ''), 'utf8'))}` : undefined;
      },
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    // Integration suites start real servers and processes; a hung one must fail, not block.
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
