/** Whether a list item's text reads as a task: something to do, not something told. */
import type { Language } from './language.ts';
import { metadataKeys, normWords, nounVerbs, obligingWords, taskVerbs, tellingArticles, tellingVerbs } from './task-words.ts';
import { normaliseName } from './table.ts';

const verbs = new Set(taskVerbs.split('|'));
const nouns = new Set(nounVerbs.split('|'));
const keys = new Set(metadataKeys.split('|'));

const modals: readonly RegExp[] = [
  /^(?:we|i|they|you|team|someone|engineering|sre|ops|devops|it)? ?(?:should|must|need to|needs to|will|have to|has to) /,
  /^(?:we|i|they|you|team|someone)? ?(?:ought to|want to|plan to|could|can|may|are going to|ll|would like to) /,
  /(?:^| )(?:should|must|needs? to) (?:be|have|also|consider|add|not)(?: |$)/,
  /^(?:it is|its) (?:necessary|recommended) |^wir (?:sollten|mussen|werden) |^nous (?:devons|devrions|allons) |^(?:il )?faut /,
  /^(?:debemos|deberiamos|vamos a|hay que|devemos|precisamos|deveriamos|dobbiamo|dovremmo|bisogna) /,
  /^(?:we moeten|moeten|nalezy|trzeba|нужно|надо|необходимо|следует|требуется) /,
];

/** What a task begins with where verbs are told by their ending: infinitives, after `normaliseName`. */
const infinitives: Partial<Record<Language, RegExp>> = {
  fr: /^\p{L}{2,}(?:er|ir|oir|re)$/u,
  es: /^\p{L}{2,}(?:ar|er|ir)$/u,
  pt: /^\p{L}{1,}(?:ar|er|ir|or)$/u,
  it: /^\p{L}{2,}(?:are|ere|ire|rre)$/u,
  pl: /^\p{L}{2,}(?:ac|yc|ic|owac)$/u,
  ru: /^\p{L}{2,}(?:ть|ти|чь|ться|тись)$/u,
  sv: /^(?:lagga?|infora?|skapa|uppdatera|forbattra|utreda?|dokumentera?|andra|satta?|migrera|testa|legge?|oppdatere?|innfore?|opprett|tilfoj|opret)$/u,
  tr: /(?:mak|mek|ma|me|masi|mesi)$/u,
};

/** German and Dutch put the infinitive last: `Alarm für volle Platten hinzufügen`. */
const lastInfinitive = /(?:^| )\p{Ll}{3,}(?:en|ern|eln)$/u;
const imperatives: Partial<Record<Language, RegExp>> = {
  de: /^(?:prufe|richte|stelle|setze|fuge|erstelle|aktualisiere|behebe|migriere|entferne|erweitere|uberwache|teste|dokumentiere|sorge)$/,
  nl: /^(?:voeg|maak|controleer|zet|werk|verwijder|onderzoek|documenteer|configureer|automatiseer|test|verplaats)$/,
  fr: /^(?:ajoutez?|creez?|mettez|verifiez?|configurez?|documentez?|supprimez?)$/,
  es: /^(?:agrega|agregue|anade|anada|crea|cree|configura|actualiza|revisa|documenta|migra|automatiza)$/,
  pt: /^(?:adicione|crie|configure|atualize|revise|documente|migre|automatize)$/,
  it: /^(?:aggiungi|crea|configura|verifica|aggiorna|documenta|rimuovi)$/,
  pl: /^(?:dodaj|utworz|zaktualizuj|skonfiguruj|sprawdz|usun|wdroz|napraw|przygotuj|zautomatyzuj)$/,
  ru: /^(?:добавьте|настроите|проверьте|обновите|создаите)$/,
};

/** Japanese and Korean end in the verb, Chinese begins with it. */
const unspacedTasks: readonly RegExp[] = [
  /(?:する|追加|作成|実施|導入|検討|整備|強化|見直し|見直す|改善|修正|設定|更新|徹底|確認|対応)(?:[。．.]|（.*）|\(.*\)|$)/,
  /(?:変更|削除|移行|自動化|監視|策定|周知|調査)(?:[。．.]|（.*）|\(.*\)|$)/,
  /^(?:增加|添加|新增|优化|完善|建立|制定|修复|修改|更新|升级|调整|配置|部署|实现|引入|改进|加强|梳理|检查|排查|迁移|删除|编写|补充)/,
  /^(?:增強|優化|建置|修復|調整|導入|設定|對|对|将|將|为|為|推动|推進|统一|完成|评估|研究|限制|定期|使用|设置|避免)/,
  /(?:추가|개선|적용|도입|검토|수정|강화|작성|구축|설정|변경|제거)(?:하기|한다|합니다|할 것|예정|필요)?(?:[.]|\(.*\)|$)/,
  /(?:하기|업데이트|자동화|마련|구현|점검|공유|교육|문서화|이전)(?:하기|한다|합니다|할 것|예정|필요)?(?:[.]|\(.*\)|$)/,
];

/**
 * Whether the text starts as a task does: with an imperative, an infinitive or a modal, also behind a lead-in
 * (`Monitoring: add an alert`).
 * @param action plain text
 * @param language the document's: an ending that is an infinitive in one language is a noun in another
 */
export function readsAsTask(action: string, language: Language): boolean {
  const lead = /^[^:：—–]{1,60}(?::|：| [—–-])\s+/u.exec(action);
  if (lead === null) {
    return startsAsTask(action, language);
  }
  if (startsAsTask(action.slice(lead[0].length), language)) {
    return true;
  }
  const words = lead[0].replace(/[:：\s—–-]+$/u, '').split(' ');
  const title = /[:：]\s*$/.test(lead[0]) && words.length > 1 && words.length < 5 && nouns.has(words[0]?.toLowerCase() ?? '');
  return !title && startsAsTask(action, language);
}

/** `(Optional)`, `[Platform]`, `Also`, `@anna:` before the task itself. */
const preamble =
  /^(?:\([^)]{1,30}\)|\[[^\]]{1,30}\]|(?:also|then|please|optionally|next|new|optional|p[0-4]|@[\w-]+)\b[\s:,-]*)+\s*/iu;

function startsAsTask(action: string, language: Language): boolean {
  const bare = action.replace(preamble, '');
  const first = /^[\p{L}\p{M}’'-]+/u.exec(bare)?.[0] ?? '';
  const name = normaliseName(first).replaceAll(' ', '-');
  if (verbs.has(first.toLowerCase()) || infinitives[language]?.test(name) || imperatives[language]?.test(name)) {
    return true;
  }
  const head = (/^.{0,200}?(?=[.!?;:。(—–]|$)/u.exec(bare)?.[0] ?? '').trim();
  return (
    modals.some((modal) => modal.test(`${normaliseName(head)} `)) ||
    ((language === 'de' || language === 'nl') && endsInInfinitive(head)) ||
    (language === 'cjk' && unspacedTasks.some((task) => task.test(bare)))
  );
}

function endsInInfinitive(head: string): boolean {
  return head.includes(' ') && lastInfinitive.test(head.replaceAll(/[^\p{L}\p{N} ]+/gu, ' ').trim());
}

const told = new RegExp(`^(?:${tellingArticles})(?![\\p{L}-]).*?(?<![\\p{L}-])(?:${tellingVerbs})(?![\\p{L}-])`, 'iu');
const obliged = new RegExp(`(?<![\\p{L}])(?:${obligingWords})(?![\\p{L}])`, 'iu');
const norm = new RegExp(`^(?:${normWords})(?![\\p{L}])`, 'iu');

/** Whether the text tells what is or was, in a whole sentence with article and verb: `The backup is tested nightly`. */
export function narrates(action: string): boolean {
  return told.test(action.slice(0, 300)) && !obliged.test(action);
}

/** `Owner: x`, `File: y`: says something about an item, is none. */
export function isMetadata(action: string): boolean {
  const key = /^([^:：]{1,40})[:：]/u.exec(action)?.[1];
  return key !== undefined && keys.has(normaliseName(key));
}

/** `Always check …`, `Never trust …`: a norm, not a task. */
export function isNorm(action: string): boolean {
  return norm.test(action);
}

/** Whether an item holds nothing but an address. */
export function isBareLink(markdown: string): boolean {
  return /^<?(?:https?|ftp):\/\/\S+>?[.,]?$/i.test(markdown.trim());
}

/** Whether an item holds nothing but one Markdown link. */
export function isOneLink(markdown: string): boolean {
  return isBareLink(markdown) || /^!?\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])[.,]?$/.test(markdown.trim());
}
