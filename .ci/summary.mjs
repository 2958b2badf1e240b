// Reads Vitest's JSON report and ends the gate: failed and skipped tests by name, then `N passed, N failed, N skipped`.
//
//   node .ci/summary.mjs REPORT EXIT_CODE_OF_NPM_TEST EXIT_CODE_OF_THE_DEMO|none
//
// Exit code 0 only when nothing failed and nothing was skipped but what needs something that neither Debian nor npm serves.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';

const [report, testsExit, demoExit] = process.argv.slice(2);

/** Served by neither, so used where they are and skipped where they are not: how a test's name speaks of each, and whether it is here. */
const UNSERVED = [
  { pattern: /\bterraform\b/i, here: onPath('terraform') },
  { pattern: /\breal vault\b/i, here: onPath('vault') || Boolean(process.env.VAULT_BIN) },
  // Real post-mortems, which are other people's texts and lie beside the project.
  { pattern: /\bcorpus\b/i, here: existsSync('../shared/corpus') },
];

const files = readReport();
const tests = files.flatMap((file) =>
  file.assertionResults.map((test) => ({
    status: test.status,
    titles: [relative(process.cwd(), file.name), ...test.ancestorTitles, test.title],
  })),
);

const passed = tests.filter((test) => test.status === 'passed').map(nameOf);
const failed = tests.filter((test) => test.status === 'failed').map(nameOf);
const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');

// A file that cannot be loaded, or a suite whose set-up throws, has no failed test.
for (const file of files) {
  const reported = file.assertionResults.some((test) => test.status === 'failed');
  if (file.status === 'failed' && !reported) failed.push(`${relative(process.cwd(), file.name)}: ${firstLine(file.message)}`);
}
if (testsExit !== '0' && failed.length === 0) failed.push(`npm test (exit code ${testsExit}; see above)`);
if (demoExit === '0') passed.push('npm run demo');
else if (demoExit !== 'none') failed.push(`npm run demo (exit code ${demoExit}${demoExit === '124' ? ': its time was up' : ''})`);

print('Failed', failed);
const allowed = skipped.filter(isAllowed);
print('Skipped for want of what neither Debian nor npm serves', suitesOf(allowed));
const missing = skipped.filter((test) => !isAllowed(test));
print('Skipped, though everything they need can be had here: the gate stays closed', suitesOf(missing));

console.log(`\n${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
process.exitCode = failed.length === 0 && missing.length === 0 ? 0 : 1;

/** The report's files; none when type-check or build failed before a test ran. */
function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch {
    return [];
  }
}

function isAllowed(test) {
  return UNSERVED.some(({ pattern, here }) => !here && pattern.test(nameOf(test)));
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Names of skipped tests; those of a suite whose title gives the reason are one line with their number. */
function suitesOf(skippedTests) {
  const counts = new Map();
  for (const test of skippedTests) {
    const depth = test.titles.findIndex((title) => /\bskipped\b/.test(title));
    const name = depth === -1 ? nameOf(test) : test.titles.slice(0, depth + 1).join(' > ');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name}: ${count} tests`));
}

function nameOf(test) {
  return test.titles.join(' > ');
}

function firstLine(text) {
  return (text || 'the set-up of a suite failed, see above').split('\n', 1)[0];
}

function print(heading, names) {
  if (names.length > 0) console.log(`\n${heading}:\n${names.map((name) => `  ${name}`).join('\n')}`);
}
