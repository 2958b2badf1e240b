/** Actions that name nothing: a verb and words that fit every incident. English; other languages are given the benefit of the doubt. */

const filler = wordsOf(
  'a an the our your their its it this that these those all any some more most better much very further again and or to for of on in with',
  'up out at by be is are should must will we need needs please also properly soon asap later overall general generally',
);
const generic = wordsOf(
  'monitoring monitor monitors alerting alert alerts alarm alarms observability logging logs log metrics documentation docs doc document',
  'documents runbook runbooks process processes procedure procedures issue issues problem problems bug bugs error errors failure failures',
  'incident incidents outage outages test tests testing coverage code system systems service services infrastructure infra platform',
  'application app communication performance security stability reliability resilience availability quality thing things stuff everything',
  'something situation cause causes root config configuration setup checks check improvements improvement fixes fix changes change measures',
  'measure training team teams tooling tools tool automation deployment deployments dependencies capacity scaling recovery prevention',
  'response handling',
);

function wordsOf(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.join(' ').split(' '));
}

/**
 * Whether an action has no object: `Fix it`, `Improve monitoring`. One with a figure, a name or code has one.
 * @param action plain text
 */
export function isVague(action: string): boolean {
  if (/[\d`/@#=_]|[^\u0000-\u024f\u2010-\u2026]|\p{Ll}\p{Lu}|\p{Lu}{2}/u.test(action)) {
    return false;
  }
  const words = action.toLowerCase().match(/\p{L}[\p{L}'-]*/gu) ?? [];
  const said = words.filter((word) => !filler.has(word));
  return words.length > 0 && said.length <= 4 && said.slice(1).every((word) => generic.has(word));
}
