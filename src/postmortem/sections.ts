/** Which sections of a post-mortem hold action items, by their headings. */
import { normaliseName } from './table.ts';
import { remembered } from './memo.ts';
import { Phrases } from './phrases.ts';
import { topicPhrases, type Topic } from './section-words.ts';

/**
 * - `actions`: the heading announces action items: everything listed counts
 * - `measures`: it announces measures (short term, recommendations): counts, unless the document lists action items elsewhere
 * - `prevention`: it speaks of prevention or remediation, where authors also narrate: only what reads as a task counts
 * - `steps`: tells how the incident was ended: done with, no action items
 * - `other`: tells what happened or what was learned: no action items either
 * - `checklist`: boxes to verify with, not work
 * - `follow-up-log`: the table of what was implemented
 * - `unknown`: the heading says nothing
 */
export type SectionKind = Topic | 'unknown';

const topics = new Phrases<Topic>(topicPhrases);

/** Too common inside other headings to count there: these must be the whole heading. */
const wholeActions =
  /^(?:(?:(?:post )?incident|post ?mortem|required|open|immediate|our|planned) )?follow ?up$|^(?:pending|outstanding|backlog|remaining|open|to be done)$/;
/** `Recovery actions`, `Actions taken`: actions, but past ones. */
const past = /taken|recovery|applied|menees|tomadas|prises|ergriffene|sofort|intraprese|genomen|podjete|принятые/;

/** Languages without spaces between words: looked for anywhere in the heading. */
const unspaced = {
  checklist: /チェックリスト|確認項目|動作確認|检查清单|检查表|验证|檢查|체크리스트|검증/,
  done: /実施した|行った|対応履歴|対応経過|处理过程|處理過程|已采取|취한|대응 과정/,
  actions:
    /アクション|対応策|対策|再発防止|今後の対応|今後の予定|是正|次のステップ|改善策|恒久対応|タスク|やること|フォローアップ|行动|行動|改进|改進|措施|待办|待辦|任务|任務|后续|後續|下一步|跟进|整改|조치|액션|대책|재발|후속|개선|할 일|할일|과제|다음 단계/,
  other:
    /タイムライン|経緯|時系列|教訓|学び|学んだ|良かった|うまくい|悪かった|影響|原因|概要|要約|サマリ|背景|検知|復旧|参考|付録|时间线|時間線|时间轴|經過|经过|教训|经验|總結|总结|做得好|做得不好|影响|根因|概述|摘要|发现|恢复|附录|타임라인|경과|교훈|배운|잘한|잘된|못한|아쉬운|영향|원인|개요|요약|배경|감지|탐지|복구|부록|참고/,
  prevention: /予防|防止|提言|推奨|今後|预防|建议|建議|预案|예방|방지|권고|제안/,
};

/** Reads one heading by itself. */
export const sectionOf: (heading: string) => SectionKind = remembered(readHeading);

function readHeading(heading: string): SectionKind {
  const name = normaliseName(heading).replace(/^(?:#? ?\d+(?: \d+)* )+/, '');
  const spoken = topics.tagsIn(name);
  if (spoken.has('follow-up-log')) {
    return 'follow-up-log';
  }
  if (/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(name)) {
    const found = unspacedSection(heading);
    if (found !== 'unknown') {
      return found;
    }
  }
  if (spoken.has('checklist') && !/follow ?ups?|action/.test(name)) {
    return 'checklist';
  }
  const isAction = spoken.has('actions') || wholeActions.test(name);
  if (spoken.has('steps') && (!isAction || past.test(name))) {
    return 'steps';
  }
  if (isAction) {
    return 'actions';
  }
  if (spoken.has('other')) {
    return /prevent/.test(name) ? 'prevention' : 'other';
  }
  if (spoken.has('measures')) {
    return 'measures';
  }
  return spoken.has('prevention') || /(?:^| )follow up(?: |$)/.test(name) ? 'prevention' : 'unknown';
}

function unspacedSection(heading: string): SectionKind {
  if (unspaced.checklist.test(heading)) {
    return 'checklist';
  }
  if (unspaced.done.test(heading)) {
    return 'steps';
  }
  if (unspaced.actions.test(heading)) {
    return 'actions';
  }
  return unspaced.other.test(heading) ? 'other' : unspaced.prevention.test(heading) ? 'prevention' : 'unknown';
}

/** What ends a list of actions even below its heading; `Detection` or `Response` there only group the actions. */
const unrelated =
  /timeline|time line|lessons?|learn|summary|root cause|what (?:went|we|was|worked)|went (?:well|wrong)|taken|applied|implemented|references?|related|appendix|background|impact|evidence|glossary|zusammenfassung|ursache|lektion|erkenntnis|chronolog|lecon|resumen|leccion|resumo|licoes/;
const ofItems = /items?|follow|prevent|next|corrective|to-?do|points?|correct|pr[äé]vent|folge|n[äa]chste|próxim|prossim|prochain/i;

/** What a heading makes of its section, given the kind of the section it lies in. */
export function sectionBelow(parent: SectionKind, heading: string): SectionKind {
  const own = sectionOf(heading);
  const lists = parent === 'actions' || parent === 'measures' || parent === 'prevention';
  const measures = own === 'measures' || own === 'prevention';
  if (own === 'unknown' || (lists && (own === 'steps' || own === 'other') && !unrelated.test(normaliseName(heading)))) {
    return parent;
  }
  if (measures && (parent === 'actions' || parent === 'steps')) {
    return parent;
  }
  if (measures && parent === 'other') {
    return 'prevention';
  }
  if (own === 'actions' && (parent === 'prevention' || parent === 'measures') && /immediate|sofort|unmittelbar/i.test(heading)) {
    return 'measures';
  }
  return own === 'actions' && parent === 'steps' && !ofItems.test(heading) ? 'steps' : own;
}
