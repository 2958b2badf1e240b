import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The bundle imports the kit's Markdown and YAML files as text; the tests read them the same way.
  plugins: [
    {
      name: 'kit-as-text',
      enforce: 'pre',
      load(id) {
        return /\.(?:md|yml)$/.test(id) ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : undefined;
      },
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    // Integration suites start real servers and processes; a hung one must fail, not block.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
