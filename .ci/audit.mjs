// Asks npm's registry for advisories on the locked packages:
//
//   node .ci/audit.mjs
//
// Exit code 0: none, or none that is not explained below; 1: one that is not; 2: the registry could not be asked, and the last line says so.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Advisories that do not concern us, by their address, with the reason. Take an entry out when its package is updated. */
const EXPLAINED = {};

const root = fileURLToPath(new URL('../', import.meta.url));
const { vulnerabilities, ...answer } = ask();
if (vulnerabilities === undefined) {
  console.log(`npm audit: NOT DONE, the registry's audit endpoint cannot be asked: ${reasonOf(answer)}`);
  process.exit(2);
}

// A package that only uses one with an advisory is named by text, not by an object.
const advisories = Object.values(vulnerabilities).flatMap(({ via }) => via.filter((source) => typeof source === 'object'));
const open = advisories.filter(({ url }) => EXPLAINED[url] === undefined);
for (const { url, name, range, severity, title } of advisories) {
  console.log(`${name} ${range} (${severity}): ${title}\n  ${url}\n  ${EXPLAINED[url] ?? 'Not explained: update the package, or say in .ci/audit.mjs why it does not concern us.'}`);
}
console.log(`npm audit: ${advisories.length} advisories, ${open.length} of them not explained`);
process.exitCode = open.length === 0 ? 0 : 1;

/** npm's answer; it ends with 1 for advisories and for errors alike. */
function ask() {
  try {
    return JSON.parse(execFileSync('npm', ['audit', '--json', '--audit=true', '--package-lock-only'], { cwd: root, encoding: 'utf8', maxBuffer: 1e8, stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch (error) {
    try {
      return JSON.parse(error.stdout);
    } catch {
      return { message: error.message };
    }
  }
}

function reasonOf({ message, error }) {
  return message ?? error?.summary ?? 'no answer';
}
