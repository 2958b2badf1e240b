/** Words that tell a task from a tale; lists separated by `|`. */

/** English verbs that begin tasks. */
export const taskVerbs =
  'accelerate|activate|adapt|add|address|adjust|adopt|agree|alert|align|allow|analyse|analyze|apply|archive|ask|assess|' +
  'assign|attach|audit|automate|backfill|backport|balance|batch|block|broaden|build|bump|buy|cache|call|cap|capture|' +
  'centralise|centralize|change|check|choose|clarify|clean|cleanup|close|codify|collect|commit|communicate|compare|' +
  'complete|compute|conduct|confirm|configure|connect|consider|consolidate|contact|contribute|convert|coordinate|copy|' +
  'correct|cover|create|cut|debug|decide|decommission|decouple|decrease|deduplicate|define|delete|deliver|deploy|' +
  'deprecate|derive|design|detect|determine|develop|diagnose|disable|discuss|display|distribute|divide|document|double|' +
  'downgrade|drain|drive|drop|duplicate|educate|eliminate|emit|enable|encourage|encrypt|enforce|engage|enhance|enlarge|' +
  'ensure|escalate|establish|evaluate|examine|exclude|exercise|expand|experiment|explain|explore|expose|extend|extract|' +
  'fail|file|filter|finalise|finalize|find|finish|fix|follow|force|formalise|formalize|freeze|gate|gather|generate|get|' +
  'give|go|grant|grow|guard|handle|harden|have|help|hire|hold|host|identify|implement|import|improve|include|' +
  'incorporate|increase|inform|ingest|inject|inspect|install|instrument|integrate|introduce|inventory|investigate|' +
  'invite|isolate|iterate|join|launch|lead|learn|leverage|limit|link|list|load|lock|log|look|lower|maintain|make|' +
  'manage|map|mark|measure|merge|migrate|minimise|minimize|mirror|mitigate|modernise|modernize|modify|monitor|mount|' +
  'move|negotiate|normalise|normalize|notify|obtain|offer|offload|onboard|open|optimise|optimize|order|organise|' +
  'organize|overhaul|page|parallelise|parse|partition|pass|patch|pause|perform|persist|pin|plan|poll|post|practice|' +
  'practise|pre-compute|prefer|prepare|preserve|prevent|prioritise|prioritize|procure|produce|prohibit|promote|' +
  'propagate|propose|protect|prove|provide|provision|prune|publish|pull|purchase|purge|push|raise|re-enable|' +
  're-evaluate|re-run|re-upload|reach|re-check|read|rebalance|rebuild|recheck|reconcile|reconfigure|reconsider|record|' +
  'recover|recreate|redesign|redirect|reduce|re-examine|refactor|refine|refresh|register|reinstate|reject|release|' +
  'relocate|remediate|remind|remove|rename|replace|replicate|report|reproduce|request|require|research|reschedule|' +
  'reserve|reset|resize|resolve|respond|restart|restore|restrict|restructure|retire|retry|return|reuse|revert|review|' +
  'revise|revisit|revoke|rewrite|rework|roll|rotate|route|run|sanitise|sanitize|save|scale|scan|schedule|scope|script|' +
  'scrub|seal|search|secure|see|segment|send|separate|serialise|serialize|serve|set|setup|shard|share|shift|ship|' +
  'shorten|show|shrink|shut|sign|simplify|simulate|size|skip|smoke-test|snapshot|solve|specify|speed|split|stabilise|' +
  'stabilize|stagger|standardise|standardize|start|stop|store|streamline|strengthen|stress-test|study|submit|subscribe|' +
  'support|surface|swap|switch|sync|synchronise|synchronize|tag|take|talk|target|teach|terminate|test|throttle|tie|' +
  'tighten|tidy|trace|track|train|transfer|transition|translate|treat|triage|trial|trigger|trim|try|tune|turn|unblock|' +
  'understand|undo|unify|uninstall|unpin|unset|update|upgrade|upload|use|utilise|utilize|validate|vendor|verify|' +
  'version|view|visualise|visualize|wait|walk|warn|watch|whitelist|widen|wire|withdraw|work|wrap|write|auto-generate';

/** Those of them that are nouns as often: `Build validation: automated checks` is no task, `Build a dashboard` is one. */
export const nounVerbs =
  'access|alert|audit|block|build|cache|call|change|check|contact|control|cover|deploy|design|document|drive|exercise|' +
  'experiment|extract|filter|find|fix|focus|force|guard|handle|hold|host|import|increase|index|lead|limit|link|list|' +
  'load|lock|log|look|map|mark|measure|monitor|move|open|order|page|pass|patch|pin|plan|poll|post|practice|process|' +
  'project|pull|push|raise|reach|record|release|report|request|research|restart|return|reuse|review|roll|rotate|route|' +
  'run|scale|scan|schedule|scope|script|seal|search|segment|set|setup|share|shift|ship|show|sign|size|smoke-test|' +
  'snapshot|split|start|stop|store|stress-test|study|support|surface|swap|switch|tag|talk|target|test|tie|track|train|' +
  'transfer|transition|triage|trial|trigger|trim|try|tune|turn|update|upgrade|use|version|view|watch|work';

/** What lines about an item begin with: `Owner: x`, `File: y`. As `normaliseName` writes them. */
export const metadataKeys =
  'files|file|tools|tool|location|path|see|see also|ref|refs|references|reference|links|link|prs|pr|pull request|' +
  'commits|commit|issues|issue|tickets|ticket|jira|owners|owner|assignee|assigned to|responsible|dri|due|due date|' +
  'deadline|eta|target|target date|status|priority|severity|type|category|effort|estimate|timeline|impact|benefit|' +
  'benefits|rationale|reason|why|risk|risks|success|success criteria|success metric|acceptance criteria|' +
  'rollback criterion|monitoring window|evidence|notes|note|example|examples|verantwortlich|frist|fallig|echeance|' +
  'responsable|responsavel|plazo|prazo|scadenza|eigenaar|срок|ответственныи|статус|приоритет|担当|担当者|期限|状態|ステータス|優先度|' +
  '负责人|责任人|截止日期|状态|优先级|담당|담당자|기한|상태|우선순위';

/** What norms begin with: `Always review …`. */
export const normWords =
  'always|never|immer|niemals|toujours|jamais|siempre|nunca|sempre|mai|altijd|nooit|zawsze|nigdy|всегда|никогда';

/** Articles and the like that begin a sentence about what is, and the verbs of such a sentence. */
export const tellingArticles =
  "the|this|that|these|those|it|there|le|la|les|l'|ce|cette|ces|un|une|der|die|das|den|el|los|las|se|o|os|as|il|lo|gli|de|het|deze";
export const tellingVerbs =
  'is|are|was|were|has|have|had|remains?|does|did|est|sont|etait|était|a été|ont été|ist|sind|war|waren|wurde|wurden|hat|' +
  'es|son|fue|fueron|está|están|ha sido|é|são|foi|foram|estão|è|sono|stato|stata|werd|werden|zijn|heeft';
/** With one of these the sentence asks for something all the same: `The runbook needs an update`. */
export const obligingWords =
  'needs?|should|must|will|to be|todo|missing|required|doit|doivent|devra|faut|muss|müssen|soll|sollte|debe|deben|deve|devem|' +
  'devono|moet|moeten';
