/** Whether a list item's text reads as a task: something to do, not something told. */
import type { Language } from './language.ts';
import { normaliseName } from './table.ts';

const verbs = new Set(
  (
    'accelerate|activate|adapt|add|address|adjust|adopt|agree|alert|align|allow|analyse|analyze|apply|archive|ask|assess|assign|attach|audit|automate|backfill|backport|balance|batch|block|broaden|build|bump|buy|cache|call|cap|capture|centralise|centralize|change|check|' +
    'choose|clarify|clean|cleanup|close|codify|collect|commit|communicate|compare|complete|compute|conduct|confirm|configure|connect|consider|consolidate|contact|contribute|convert|coordinate|copy|correct|cover|create|cut|debug|decide|decommission|decouple|decrease|deduplicate|define|delete|deliver|deploy|deprecate|' +
    'derive|design|detect|determine|develop|diagnose|disable|discuss|display|distribute|divide|document|double|downgrade|drain|drive|drop|duplicate|educate|eliminate|emit|enable|encourage|encrypt|enforce|engage|enhance|enlarge|ensure|escalate|establish|evaluate|examine|exclude|exercise|expand|experiment|explain|explore|expose|extend|' +
    'extract|fail|file|filter|finalise|finalize|find|finish|fix|follow|force|formalise|formalize|freeze|gate|gather|generate|get|give|go|grant|grow|guard|handle|harden|have|help|hire|hold|host|identify|implement|import|improve|include|incorporate|increase|inform|ingest|inject|inspect|install|instrument|integrate|introduce|inventory|' +
    'investigate|invite|isolate|iterate|join|launch|lead|learn|leverage|limit|link|list|load|lock|log|look|lower|maintain|make|manage|map|mark|measure|merge|migrate|minimise|minimize|mirror|mitigate|modernise|modernize|modify|monitor|mount|move|negotiate|normalise|normalize|notify|obtain|offer|offload|onboard|open|optimise|optimize|' +
    'order|organise|organize|overhaul|page|parallelise|parse|partition|pass|patch|pause|perform|persist|pin|plan|poll|post|practice|practise|pre-compute|prefer|prepare|preserve|prevent|prioritise|prioritize|procure|produce|prohibit|promote|propagate|propose|protect|prove|provide|provision|prune|publish|pull|purchase|purge|push|raise|' +
    're-enable|re-evaluate|re-run|re-upload|reach|re-check|read|rebalance|rebuild|recheck|reconcile|reconfigure|reconsider|record|recover|recreate|redesign|redirect|reduce|re-examine|refactor|refine|refresh|register|reinstate|reject|release|relocate|remediate|remind|remove|rename|replace|replicate|report|reproduce|request|require|research|' +
    'reschedule|reserve|reset|resize|resolve|respond|restart|restore|restrict|restructure|retire|retry|return|reuse|revert|review|revise|revisit|revoke|rewrite|rework|roll|rotate|route|run|sanitise|sanitize|save|scale|scan|schedule|scope|script|scrub|seal|search|secure|see|segment|send|separate|serialise|serialize|serve|set|setup|' +
    'shard|share|shift|ship|shorten|show|shrink|shut|sign|simplify|simulate|size|skip|smoke-test|snapshot|solve|specify|speed|split|stabilise|stabilize|stagger|standardise|standardize|start|stop|store|streamline|strengthen|stress-test|study|submit|subscribe|support|surface|swap|switch|sync|synchronise|synchronize|tag|take|talk|target|teach|' +
    'terminate|test|throttle|tie|tighten|tidy|trace|track|train|transfer|transition|translate|treat|triage|trial|trigger|trim|try|tune|turn|unblock|understand|undo|unify|uninstall|unpin|unset|update|upgrade|upload|use|utilise|utilize|validate|vendor|verify|version|view|visualise|visualize|wait|walk|warn|watch|whitelist|widen|wire|withdraw|work|wrap|write|auto-generate'
  ).split('|'),
);

/** Verbs that are nouns as often: `Build validation: automated checks` is no task, `Build a dashboard` is one. */
const nounish = /^(?:build|test|monitor|design|review|plan|document|log|alert|load|cache|release|support|update|change|deploy|report|record|schedule|scale|stress-test|smoke-test|page|patch|process|guard|map|lead|limit|list|lock|measure|order|post|request|research|run|script|search|segment|ship|show|size|snapshot|start|store|study|surface|switch|target|track|transfer|transition|trial|trigger|upgrade|use|version|view|watch|work|access|block|call|check|control|contact|cover|design|drive|exercise|experiment|extract|filter|find|fix|focus|force|handle|hold|host|import|increase|index|link|look|mark|move|open|pass|pin|poll|practice|project|pull|push|raise|reach|restart|return|reuse|roll|rotate|route|scan|scope|seal|set|setup|share|shift|sign|split|stop|swap|tag|talk|tie|train|triage|trim|try|tune|turn|audit)$/;

const modal = /^(?:we|i|they|you|team|someone|engineering|sre|ops|devops|it)? ?(?:should|must|need to|needs to|will|have to|has to|ought to|want to|plan to|could|can|may|are going to|ll|would like to)(?: |$)|(?:^| )(?:should|must|needs? to) (?:be|have|also|consider|add|not)(?: |$)|^(?:it is|its) (?:necessary|recommended) |^wir (?:sollten|mussen|werden) |^nous (?:devons|devrions|allons) |^(?:il )?faut |^(?:debemos|deberiamos|vamos a|hay que|devemos|precisamos|deveriamos|dobbiamo|dovremmo|bisogna|we moeten|moeten|nalezy|trzeba|нужно|надо|необходимо|следует|требуется) /;
/** What a task begins with where verbs are told by their ending: infinitives, after `normaliseName`. */
const infinitives: Partial<Record<Language, RegExp>> = {
  fr: /^\p{L}{2,}(?:er|ir|oir|re)$/u,
  es: /^\p{L}{2,}(?:ar|er|ir)$/u,
  pt: /^\p{L}{1,}(?:ar|er|ir|or)$/u,
  it: /^\p{L}{2,}(?:are|ere|ire|rre)$/u,
  pl: /^\p{L}{2,}(?:ac|yc|ic|owac)$/u,
  ru: /^\p{L}{2,}(?:ть|ти|чь|ться|тись)$/u,
  sv: /^(?:lagg|lagga|infor|infora|skapa|uppdatera|forbattra|utred|utreda|dokumentera|andra|satt|satta|migrera|testa|legg|legge|opprett|oppdater|oppdatere|innfor|innfore|dokumenter|tilfoj|opret|opdater)$/u,
  tr: /(?:mak|mek|ma|me|masi|mesi)$/u,
};
/** German and Dutch put the infinitive last: `Alarm für volle Platten hinzufügen`. */
const lastInfinitive = /(?:^| )\p{Ll}{3,}(?:en|ern|eln)$/u;
const imperatives: Partial<Record<Language, RegExp>> = {
  de: /^(?:prufe|richte|stelle|setze|fuge|erstelle|aktualisiere|behebe|migriere|entferne|verschiebe|erweitere|uberwache|teste|dokumentiere|plane|klare|sorge|verwende|nutze|automatisiere)$/,
  nl: /^(?:voeg|maak|controleer|zet|werk|verwijder|onderzoek|documenteer|configureer|automatiseer|test|verplaats)$/,
  fr: /^(?:ajoutez?|creez?|mettez|verifiez?|configurez?|documentez?|supprimez?)$/,
  es: /^(?:agrega|agregue|anade|anada|crea|cree|configura|actualiza|revisa|documenta|migra|automatiza)$/,
  pt: /^(?:adicione|crie|configure|atualize|revise|documente|migre|automatize)$/,
  it: /^(?:aggiungi|crea|configura|verifica|aggiorna|documenta|rimuovi)$/,
  pl: /^(?:dodaj|utworz|zaktualizuj|skonfiguruj|sprawdz|usun|wdroz|napraw|przygotuj|zautomatyzuj)$/,
  ru: /^(?:добавьте|настроите|проверьте|обновите|создаите)$/,
};
const cjkTask = /(?:する|追加|作成|実施|導入|検討|整備|強化|見直し|見直す|改善|修正|設定|更新|徹底|確認|対応|変更|削除|移行|自動化|監視|策定|周知|調査)(?:[。．.]|（.*）|\(.*\)|$)|^(?:增加|添加|新增|优化|完善|建立|制定|修复|修改|更新|升级|调整|配置|部署|实现|引入|改进|加强|梳理|检查|排查|迁移|删除|编写|补充|增強|優化|建置|修復|調整|導入|設定|對|对|将|將|为|為|推动|推進|统一|完成|评估|研究|限制|定期|使用|设置|避免)|(?:추가|개선|적용|도입|하기|검토|수정|강화|작성|구축|설정|변경|제거|업데이트|자동화|마련|구현|점검|공유|교육|문서화|이전)(?:하기|한다|합니다|할 것|예정|필요)?(?:[.]|\(.*\)|$)/;

/**
 * Whether the text starts as a task does: with an imperative, an infinitive or a modal, also behind a lead-in
 * (`Monitoring: add an alert`).
 * @param action plain text
 * @param language the document's: an ending that is an infinitive in one language is a noun in another
 */
export function readsAsTask(action: string, language: Language): boolean {
  const lead = /^[^:：—–]{1,60}(?::|：| [—–-])\s+/u.exec(action);
  if (lead === null || startsAsTask(action.slice(lead[0].length), language)) {
    return lead !== null || startsAsTask(action, language);
  }
  const words = lead[0].replace(/[:：\s—–-]+$/u, '').split(' ');
  const title = /[:：]\s*$/.test(lead[0]) && words.length > 1 && words.length < 5 && nounish.test(words[0]?.toLowerCase() ?? '');
  return !title && startsAsTask(action, language);
}

function startsAsTask(action: string, language: Language): boolean {
  const bare = action.replace(/^(?:\([^)]{1,30}\)|\[[^\]]{1,30}\]|(?:also|then|please|optionally|next|new|optional|p[0-4]|@[\w-]+)\b[\s:,-]*)+\s*/iu, '');
  const first = /^[\p{L}\p{M}’'-]+/u.exec(bare)?.[0] ?? '';
  const name = normaliseName(first).replaceAll(' ', '-');
  if (verbs.has(first.toLowerCase()) || infinitives[language]?.test(name) || imperatives[language]?.test(name)) {
    return true;
  }
  const head = (/^.{0,200}?(?=[.!?;:。(—–]|$)/u.exec(bare)?.[0] ?? '').trim();
  return (
    modal.test(normaliseName(head)) ||
    ((language === 'de' || language === 'nl') && / /.test(head) && lastInfinitive.test(head.replaceAll(/[^\p{L}\p{N} ]+/gu, ' ').trim())) ||
    (language === 'cjk' && cjkTask.test(bare))
  );
}

const told =
  /^(?:the|this|that|these|those|it|there|le|la|les|l'|ce|cette|ces|un|une|der|die|das|den|el|los|las|se|o|os|as|il|lo|gli|de|het|deze)(?![\p{L}-]).*?(?<![\p{L}-])(?:is|are|was|were|has|have|had|remains?|does|did|est|sont|etait|était|a été|ont été|ist|sind|war|waren|wurde|wurden|hat|es|son|fue|fueron|está|están|ha sido|é|são|foi|foram|está|estão|è|sono|stato|stata|werd|werden|zijn|heeft)(?![\p{L}-])/iu;
const obliged = /(?<![\p{L}])(?:needs?|should|must|will|to be|todo|missing|required|doit|doivent|devra|faut|muss|müssen|soll|sollte|debe|deben|deve|devem|devono|moet|moeten)(?![\p{L}])/iu;

/** Whether the text tells what is or was, in a whole sentence with article and verb: `The backup is tested nightly`. */
export function narrates(action: string): boolean {
  return told.test(action.slice(0, 300)) && !obliged.test(action);
}

const metadata =
  /^(?:files?|tools?|location|path|see|see also|ref|refs|references?|links?|prs?|pull request|commits?|issues?|tickets?|jira|owners?|assignee|assigned to|responsible|dri|due|due date|deadline|eta|target|target date|status|priority|severity|type|category|effort|estimate|timeline|impact|benefit|benefits|rationale|reason|why|risk|risks|success|success criteria|success metric|acceptance criteria|rollback criterion|monitoring window|evidence|notes?|example|examples|verantwortlich|frist|fallig|echeance|responsable|responsavel|plazo|prazo|scadenza|eigenaar|срок|ответственныи|статус|приоритет|担当|担当者|期限|状態|ステータス|優先度|负责人|责任人|截止日期|状态|优先级|담당|담당자|기한|상태|우선순위)\s*[:：]/iu;

/** `Owner: x`, `File: y`: says something about an item, is none. */
export function isMetadata(action: string): boolean {
  return metadata.test(normaliseLead(action));
}

function normaliseLead(action: string): string {
  const lead = /^[^:：]{1,40}[:：]/u.exec(action)?.[0];
  return lead === undefined ? action : `${normaliseName(lead)}:`;
}

/** `Always check …`, `Never trust …`: a norm, not a task. */
export function isNorm(action: string): boolean {
  return /^(?:always|never|immer|niemals|toujours|jamais|siempre|nunca|sempre|mai|altijd|nooit|zawsze|nigdy|всегда|никогда)(?![\p{L}])/iu.test(action);
}

/** Whether an item holds nothing but an address. */
export function isBareLink(markdown: string): boolean {
  return /^<?(?:https?|ftp):\/\/\S+>?[.,]?$/i.test(markdown.trim());
}

/** Whether an item holds nothing but one Markdown link. */
export function isOneLink(markdown: string): boolean {
  return isBareLink(markdown) || /^!?\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])[.,]?$/.test(markdown.trim());
}
