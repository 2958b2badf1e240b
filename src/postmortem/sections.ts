/** Which sections of a post-mortem hold action items, by their headings. */
import { normaliseName } from './table.ts';

/**
 * - `actions`: the heading announces action items: everything listed counts
 * - `measures`: the heading announces measures (short term, recommendations): counts, unless the document lists action items elsewhere
 * - `prevention`: the heading speaks of prevention or remediation, where authors also narrate: only what reads as a task counts
 * - `steps`: tells how the incident was ended: done with, no action items
 * - `other`: tells what happened or what was learned: nothing there is an action item
 * - `follow-up-log`: the table of what was implemented
 * - `checklist`: boxes to verify with, not work
 * - `unknown`: the heading says nothing
 */
export type SectionKind = 'actions' | 'measures' | 'prevention' | 'steps' | 'other' | 'follow-up-log' | 'checklist' | 'unknown';

const words = (list: string): RegExp => new RegExp(`(?:^| )(?:${list})(?: |$)`, 'u');

const followUpLog = words('follow up implementation|follow up implementations|implementation log|implemented follow ups|umgesetzte massnahmen log');

const checklist = words(
  'checklist|check list|checkliste|abschluss checkliste|lista de verificacion|lista de verificacao|liste de controle|liste de verification|verification|verifications|verified|validation|test plan|testing|tests|test checklist|' +
    'acceptance criteria|success criteria|definition of done|sign off|approvals|aprovacoes|review checklist|how to verify|rollback plan|smoke tests?|verifikation|verifizierung|prufung|verificacion|verificacao|проверка|чеклист|чек лист',
);

const other = words(
  'time ?line|chronology|chronologie|chronologia|chronology of events|zeitleiste|zeitstrahl|zeitlicher ablauf|ablauf|cronologia|linea de tiempo|linha do tempo|tijdlijn|os czasu|хронология|таимлаин|tidslinje|aikajana|zaman cizelgesi|' +
    'lessons?|lessons learned|learnings?|what we learned|takeaways?|key takeaways|erkenntnisse|lektionen|gelernt|lecons|enseignements|lecciones|aprendizajes?|licoes|aprendizados?|lezioni|lessen|geleerde lessen|wnioski|уроки|выводы|' +
    'went well|went wrong|went poorly|go well|go wrong|got lucky|worked well|didnt work|did not work|gut gelaufen|lief gut|lief schlecht|schlecht gelaufen|bien passe|salio bien|salio mal|deu certo|deu errado|andato bene|ging goed|ging fout|poszlo dobrze|что прошло|что пошло|' +
    'impact|impacts|auswirkungen?|impacto|impatto|gevolgen|wplyw|skutki|влияние|последствия|etki|' +
    'root causes?|cause|causes|ursachen?|grundursache|cause racine|causes racines|causa raiz|causa|causas|causa principale|oorzaak|oorzaken|przyczyna|przyczyny|причина|причины|kok neden|rotorsak|contributing factors|trigger|' +
    'summary|executive summary|overview|zusammenfassung|uberblick|resume|sommaire|resumen|resumo|sommario|riepilogo|samenvatting|podsumowanie|резюме|краткое описание|sammanfattning|ozet|background|hintergrund|contexte|contexto|context|kontext|' +
    'detection|detection gaps|erkennung|deteccion|deteccao|rilevamento|wykrycie|обнаружение|symptoms?|diagnosis|investigation|' +
    'appendix|appendices|anhang|annexe|annexes|anexos?|allegati|bijlagen?|zalacznik|приложение|references?|related|related documents?|see also|siehe auch|links|further reading|resources|evidence|glossary|metadata|changelog|revision history|raw data|chat logs?|' +
    'key files|files changed|files modified|geanderte dateien|neue dateien|participants|people involved|teilnehmer|beteiligte|five whys|5 whys|why analysis|metrics|metriken|metricas|current state|workaround|known issues',
);

const steps = words(
  'time ?line|resolution|resolution steps|immediate resolution|response|incident response|recovery|recovery actions|recovery procedure|immediate response|mitigation steps|losung|behebung|resolucion|resolucao|risoluzione|oplossing|rozwiazanie|решение|устранение|восстановление|' +
    'actions? taken|steps taken|measures taken|what we did|what was done|fix applied|fixes applied|what we changed|what changed|implemented fixes|implementierte fixes|applied fixes|changes made|code changes|ergriffene massnahmen|sofortmassnahmen|mesures prises|actions menees|acciones tomadas|acoes tomadas|azioni intraprese|genomen acties|podjete dzialania|принятые меры',
);

const actions = words(
  'action items?|action plan|action points?|actions?|follow ups|followups|follow up (?:actions?|items?|tasks?|work|tickets?|issues|steps|plan|todos?)|next steps?|to ?dos?|to do list|corrective actions?|preventive actions?|preventative actions?|corrective and preventive|corrective and preventative|' +
    'prevention plan|prevention items|remediation items?|remediation plan|remediation actions?|remediation tasks?|improvement plan|improvement actions?|tasks?|open items?|work items?|outstanding|outstanding items|outstanding work|pending items|remaining work|future work|' +
    'mitigation items|repair items|deliverables|recommended actions?|open questions and actions|what we will do|what we are doing|what were doing|planned work|planned changes|what s next|whats next|not yet done|' +
    'massnahmen|massnahmenplan|aktionspunkte|aktionen|folgemassnahmen|folgeaktionen|nachste schritte|aufgaben|offene punkte|offene aufgaben|praventionsmassnahmen|praventivmassnahmen|gegenmassnahmen|praventions massnahmen|korrekturmassnahmen|verbesserungsmassnahmen|vorbeugende massnahmen|todos|' +
    'actions? correctives?|actions? preventives?|plan d actions?|prochaines etapes|mesures correctives|mesures preventives|actions a mener|actions a entreprendre|taches|suivi|actions de suivi|points d action|a faire|' +
    'acciones|acciones correctivas|acciones preventivas|plan de accion|proximos pasos|medidas|medidas correctivas|medidas preventivas|tareas|elementos de accion|puntos de accion|seguimiento|acciones de seguimiento|pendientes|' +
    'acoes|acoes corretivas|acoes preventivas|plano de acao|plano de acoes|proximos passos|medidas corretivas|itens de acao|tarefas|acompanhamento|acoes de acompanhamento|acoes de seguimento|pendencias|' +
    'azioni|azioni correttive|azioni preventive|piano d azione|piano di azione|prossimi passi|misure correttive|misure preventive|attivita|da fare|' +
    'acties|actiepunten|actielijst|vervolgacties|vervolgstappen|volgende stappen|maatregelen|preventieve maatregelen|corrigerende maatregelen|taken|verbeterpunten|' +
    'dzialania|dzialania naprawcze|dzialania zapobiegawcze|plan dzialan|nastepne kroki|kolejne kroki|zadania|plan naprawczy|' +
    'деиствия|план деиствии|дальнеишие деиствия|дальнеишие шаги|следующие шаги|корректирующие деиствия|корректирующие меры|меры|мероприятия|задачи|предупреждающие деиствия|превентивные меры|план работ|что делаем|action items|дії|подальші дії|завдання|' +
    'atgarder|nasta steg|handlingsplan|uppfoljning|tiltak|neste steg|oppfolging|handlinger|naeste skridt|opfolgning|toimenpiteet|jatkotoimenpiteet|seuraavat vaiheet|aksiyonlar|eylem maddeleri|sonraki adimlar|yapilacaklar|onleyici faaliyetler|duzeltici faaliyetler|' +
    'akcni polozky|dalsi kroky|napravna opatreni|opatreni|ukoly|intezkedesek|kovetkezo lepesek|teendok|actiuni|masuri|pasii urmatori|tindakan|tindakan perbaikan|langkah selanjutnya|tindak lanjut|hanh đong|buoc tiep theo|viec can lam|' +
    'الإجراءات|إجراءات|الخطوات التالية|الاجراءات|פעולות|משימות|צעדים הבאים|कार्रवाई|अगले कदम',
);

const prevention = words(
  'prevention|preventing|prevent|preventative|preventive|recommendations?|remediation|remediations|improvements?|mitigation|mitigations|corrective|countermeasures?|hardening|future|going forward|long term|short term|medium term|immediate|follow through|fixes|changes|proposals?|suggestions?|safeguards?|permanent fix|structural fix|detection prevention|' +
    'pravention|vorbeugung|vermeidung|empfehlungen?|verbesserungen?|verbesserungsvorschlage|kurzfristig|mittelfristig|langfristig|prevention future|recommandations?|ameliorations?|pistes d amelioration|court terme|moyen terme|long terme|' +
    'prevencion|recomendaciones|recomendacion|mejoras|corto plazo|medio plazo|largo plazo|prevencao|recomendacoes|melhorias|curto prazo|longo prazo|prevenzione|raccomandazioni|miglioramenti|breve termine|lungo termine|' +
    'preventie|aanbevelingen|verbeteringen|zapobieganie|rekomendacje|usprawnienia|предотвращение|профилактика|рекомендации|улучшения|как не допустить|atgard|forebyggande|forebygging|rekommendationer|forbattringar|onlem|oneriler|iyilestirmeler|prevence|doporuceni|megelozes|prevenire|pencegahan|rekomendasi',
);

/** Too common inside other headings to count there: these must be the whole heading. */
const wholeActions = /^(?:(?:post incident|incident|postmortem|post mortem|required|open|immediate|our|planned) )?(?:follow up|followup)$|^(?:pending|outstanding|backlog|remaining|open|to be done)$/;

/** Sections that list measures, in sentences or not: what they hold are tasks unless the document also lists action items. */
const measures = words(
  'preventive measures?|preventative measures?|prevention measures?|preventative actions|short term|medium term|mid term|long term|near term|immediate|improvements?|recommendations?|kurzfristig|mittelfristig|langfristig|empfehlungen|verbesserungen|court terme|moyen terme|long terme|recommandations|ameliorations|' +
    'corto plazo|medio plazo|largo plazo|recomendaciones|mejoras|curto prazo|medio prazo|longo prazo|recomendacoes|melhorias|breve termine|medio termine|lungo termine|raccomandazioni|miglioramenti|aanbevelingen|verbeteringen|rekomendacje|usprawnienia|рекомендации|улучшения|rekommendationer|forbattringar|oneriler|iyilestirmeler|doporuceni|rekomendasi',
);

/** Languages without spaces: looked for anywhere in the heading, first list that matches wins. */
const cjkOther = /タイムライン|経緯|時系列|教訓|学び|学んだ|良かった|うまくい|悪かった|影響|原因|概要|要約|サマリ|背景|検知|復旧|解決策の経緯|実施した対応|行った対応|対応履歴|対応経過|暫定対応済|参考|付録|时间线|時間線|时间轴|經過|经过|教训|教訓|经验|總結|总结|做得好|做得不好|影响|影響|根因|根本原因|原因|概述|摘要|背景|发现|恢复|处理过程|處理過程|附录|参考|타임라인|경과|교훈|배운|잘한|잘된|못한|아쉬운|영향|원인|개요|요약|배경|감지|탐지|복구|대응 과정|부록|참고/;
const cjkChecklist = /チェックリスト|確認項目|動作確認|检查清单|检查表|验证|檢查|체크리스트|검증/;
const cjkActions = /アクション|対応策|対策|再発防止|今後の対応|今後の予定|次のステップ|ネクストアクション|改善策|改善アクション|恒久対応|恒久対策|タスク|やること|フォローアップ|行动|行動|改进|改進|措施|待办|待辦|任务|任務|后续|後續|下一步|跟进|整改|조치|액션|대책|재발|후속|개선|할 일|할일|과제|다음 단계/;
const cjkPrevention = /予防|防止|提言|推奨|今後|预防|建议|建議|预案|예방|방지|권고|제안/;

/** Reads one heading. */
export function sectionOf(heading: string): SectionKind {
  const name = normaliseName(heading).replace(/^(?:#? ?\d+(?: \d+)* )+/, '');
  if (followUpLog.test(name)) {
    return 'follow-up-log';
  }
  if (/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(name)) {
    const found = unspacedSection(heading);
    if (found !== 'unknown') {
      return found;
    }
  }
  if (checklist.test(name) && !/follow ?ups?|action/.test(name)) {
    return 'checklist';
  }
  const isAction = actions.test(name) || wholeActions.test(name);
  if (steps.test(name) && (!isAction || /taken|recovery|applied|menees|tomadas|prises|ergriffene|sofort|intraprese|genomen|podjete|принятые/.test(name))) {
    return 'steps';
  }
  if (isAction) {
    return 'actions';
  }
  if (other.test(name)) {
    return /prevent/.test(name) ? 'prevention' : 'other';
  }
  return measures.test(name) ? 'measures' : prevention.test(name) || /(?:^| )follow up(?: |$)/.test(name) ? 'prevention' : 'unknown';
}

/** What ends a list of actions even below its heading; `Detection` or `Response` there only group the actions. */
const unrelated =
  /time ?line|lessons?|learn|summary|root cause|what (?:went|we|was|worked)|went (?:well|wrong)|taken|applied|implemented|references?|related|appendix|background|impact|evidence|glossary|zusammenfassung|ursache|lektion|erkenntnis|chronolog|resume|lecon|resumen|leccion|resumo|licoes/;

/** What a heading makes of its section, given the kind of the section it lies in. */
export function sectionBelow(parent: SectionKind, heading: string): SectionKind {
  const own = sectionOf(heading);
  if (own === 'unknown') {
    return parent;
  }
  const lists = parent === 'actions' || parent === 'measures' || parent === 'prevention';
  if (lists && (own === 'steps' || own === 'other') && !unrelated.test(normaliseName(heading))) {
    return parent;
  }
  const listed = own === 'measures' || own === 'prevention';
  if (listed && (parent === 'actions' || parent === 'steps')) {
    return parent;
  }
  if (listed && parent === 'other') {
    return 'prevention';
  }
  if (own === 'actions' && (parent === 'prevention' || parent === 'measures') && /immediate|sofort|unmittelbar/i.test(heading)) {
    return 'measures';
  }
  const ofItems = /items?|follow|prevent|next|corrective|to-?do|points?|correct|pr[äé]vent|folge|n[äa]chste|próxim|prossim|prochain/i.test(heading);
  return own === 'actions' && parent === 'steps' && !ofItems ? 'steps' : own;
}

function unspacedSection(heading: string): SectionKind {
  if (cjkChecklist.test(heading)) {
    return 'checklist';
  }
  if (cjkActions.test(heading) && !/実施した|行った|処理过程|处理过程|已采取|취한|대응 과정/.test(heading)) {
    return 'actions';
  }
  return cjkOther.test(heading) ? 'other' : cjkPrevention.test(heading) ? 'prevention' : 'unknown';
}
