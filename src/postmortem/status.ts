/** What a status says: the leading word or mark decides, a tail that speaks of remaining work re-opens, anything else is unknown. */
import type { TodoState } from './model.ts';
import { normaliseName } from './table.ts';

/** Phrases as `normaliseName` writes them, separated by `|`. A phrase must match whole words from the start of the status. */
const openPhrases =
  'todo|to do|open|opened|reopened|re opened|pending|in progress|in process|in flight|in work|in review|in development|in testing|review|progress|wip|work in progress|doing|ongoing|on going|under way|underway|queued|deferred|postponed|proposed|proposal|staged|planned|plan|scheduled|' +
  'backlog|backlogged|not started|not done|not yet|not implemented|not fixed|not resolved|not complete|not completed|not closed|not deployed|not merged|not ready|not built|not applied|not available|unstarted|yet to|new|investigating|investigation|investigate|active|started|working|blocked|on hold|hold|paused|stalled|' +
  'waiting|awaiting|assigned|unassigned|accepted|acknowledged|ready|ready for|needed|needs|need|required|requires|next|upcoming|incomplete|unresolved|unfinished|undone|outstanding|remaining|partial|partially|partly|half|mostly|almost|tbd|tba|later|soon|future|draft|drafted|ticketed|filed|triage|triaged|no|never|missing|overdue|late|delayed|at risk|off track|on track|still|' +
  'offen|ausstehend|zu erledigen|in arbeit|in bearbeitung|laufend|lauft|geplant|begonnen|angefangen|nicht begonnen|nicht gestartet|nicht erledigt|noch|noch nicht|noch offen|wartend|wartet|zuruckgestellt|verschoben|teilweise|neu|in prufung|in umsetzung|blockiert|unerledigt|nein|vorgeschlagen|' +
  'a faire|ouvert|ouverte|en cours|en attente|planifie|planifiee|prevu|prevue|a venir|non commence|non commencee|pas commence|pas encore|non fait|non termine|reporte|reportee|differe|bloque|bloquee|nouveau|partiel|partiellement|a planifier|a definir|propose|proposee|non|' +
  'por hacer|pendiente|pendientes|abierto|abierta|en progreso|en curso|en proceso|en marcha|planificado|planificada|planeado|programado|no iniciado|no iniciada|sin iniciar|sin empezar|aplazado|pospuesto|bloqueado|bloqueada|nuevo|nueva|parcial|parcialmente|por definir|en revision|propuesto|' +
  'a fazer|por fazer|fazer|pendente|pendentes|aberto|aberta|em aberto|em andamento|em progresso|em curso|em execucao|planejado|planejada|planeado|agendado|nao iniciado|nao iniciada|nao feito|nao|adiado|adiada|novo|nova|em analise|em revisao|proposto|' +
  'da fare|aperto|aperta|in corso|in attesa|in sospeso|in lavorazione|pianificato|pianificata|programmato|da pianificare|da definire|non iniziato|non iniziata|non avviato|rimandato|rinviato|bloccato|nuovo|parziale|parzialmente|' +
  'te doen|openstaand|bezig|in behandeling|mee bezig|gepland|niet gestart|niet begonnen|nog niet|nog te doen|wachtend|uitgesteld|geblokkeerd|nieuw|gedeeltelijk|lopend|nee|' +
  'do zrobienia|otwarte|otwarty|otwarta|w toku|w trakcie|oczekuje|oczekujace|oczekujacy|zaplanowane|zaplanowany|planowane|nierozpoczete|nie rozpoczeto|odlozone|zablokowane|nowe|nowy|czesciowo|nie|niezrobione|' +
  'открыто|открыта|открыт|открытыи|в работе|в процессе|в ожидании|ожидает|ожидается|запланировано|запланирован|планируется|не начато|не начата|не начат|не сделано|не готово|отложено|отложена|заблокировано|новая|новыи|частично|сделать|к выполнению|делается|нет|в планах|в очереди|' +
  'відкрито|в роботі|у процесі|заплановано|не розпочато|очікує|зробити|' +
  'att gora|pagar|pagaende|oppen|planerad|ej paborjad|vantar|a gjore|pagar|paabegynt|pabegynt|apen|planlagt|ikke startet|venter|at gore|i gang|aben|avoin|kesken|tekematta|suunniteltu|aloittamatta|odottaa|' +
  'yapilacak|acik|devam ediyor|beklemede|planlandi|baslanmadi|otevreno|otevreny|probiha|ceka|planovano|nezahajeno|nyitott|folyamatban|tervezett|deschis|in lucru|in asteptare|planificat|belum|terbuka|sedang berjalan|direncanakan|can lam|dang lam|dang thuc hien|chua|' +
  'قيد التنفيذ|مفتوح|معلق|لم يبدأ|مخطط|פתוח|בתהליך|לביצוע|ממתין|खुला|लंबित|प्रगति में';

const closedPhrases =
  'done|complete|completed|completes|closed|resolved|fixed|shipped|merged|deployed|implemented|released|finished|landed|delivered|applied|rolled out|n a|na|not applicable|not needed|not required|no action|no action needed|no longer needed|no longer required|no longer relevant|wontdo|wontfix|wont do|wont fix|won t do|won t fix|' +
  "won't do|won't fix|will not do|will not fix|not doing|cancelled|canceled|rejected|declined|abandoned|obsolete|superseded|duplicate|duplicated|failed|dropped|skipped|verified|live|yes|moot|invalid|removed|mitigated|achieved|addressed|tested|enabled|already done|already|in production|in prod|in place|accepted risk|risk accepted|archived|withdrawn|not planned|100|100%|ok|" +
  'erledigt|fertig|abgeschlossen|geschlossen|behoben|gelost|umgesetzt|implementiert|ausgerollt|bereitgestellt|beendet|verworfen|abgelehnt|abgebrochen|hinfallig|entfallt|entfallen|nicht notig|nicht erforderlich|deployt|gemerged|ja|vollstandig|eingespielt|aktiv seit|' +
  'fait|faite|termine|terminee|ferme|fermee|clos|close|cloture|cloturee|resolu|resolue|corrige|corrigee|deploye|deployee|realise|realisee|complete|annule|annulee|abandonne|abandonnee|rejete|rejetee|livre|livree|oui|sans objet|acheve|achevee|mis en place|mise en place|' +
  'hecho|hecha|completado|completada|completo|completa|terminado|terminada|cerrado|cerrada|resuelto|resuelta|finalizado|finalizada|implementado|implementada|desplegado|desplegada|cancelado|cancelada|descartado|descartada|rechazado|listo|lista|realizado|realizada|corregido|aplicado|si|no aplica|' +
  'feito|feita|concluido|concluida|completada|finalizado|fechado|fechada|resolvido|resolvida|encerrado|encerrada|entregue|implantado|implantada|descartado|rejeitado|rejeitada|corrigido|corrigida|aplicada|sim|nao se aplica|pronto|pronta|' +
  'fatto|fatta|completato|completata|chiuso|chiusa|risolto|risolta|terminato|terminata|concluso|conclusa|implementato|implementata|rilasciato|rilasciata|annullato|annullata|scartato|rifiutato|eseguito|eseguita|corretto|' +
  'gedaan|klaar|voltooid|afgerond|gesloten|opgelost|geimplementeerd|uitgevoerd|geannuleerd|vervallen|afgewezen|gereed|nvt|n v t|niet van toepassing|' +
  'zrobione|zrobiono|gotowe|gotowy|zakonczone|zakonczony|zakonczona|zamkniete|zamkniety|rozwiazane|wdrozone|wdrozony|anulowane|odrzucone|ukonczone|wykonane|tak|nie dotyczy|' +
  'сделано|готово|выполнено|выполнена|выполнен|завершено|завершена|завершен|закрыто|закрыта|закрыт|решено|решена|исправлено|исправлена|внедрено|внедрена|отменено|отменена|отклонено|реализовано|реализована|да|не требуется|неактуально|не актуально|развернуто|' +
  'виконано|зроблено|завершено|закрито|готово|вирішено|скасовано|' +
  'klar|klart|klara|fardig|avslutad|stangd|lost|genomford|ferdig|lukket|fullfort|faerdig|afsluttet|gennemfort|valmis|tehty|suljettu|ratkaistu|peruttu|' +
  'tamamlandi|bitti|kapali|kapandi|yapildi|cozuldu|iptal|iptal edildi|hotovo|dokonceno|uzavreno|vyreseno|zruseno|kesz|lezart|befejezett|megoldva|gata|finalizat|inchis|rezolvat|anulat|selesai|ditutup|hoan thanh|xong|da xong|da hoan thanh|đa hoan thanh|' +
  'تم|مكتمل|منتهي|مغلق|بוצע|בוצע|הושלם|סגור|נסגר|पूर्ण|बंद|हो गया';

/** A longer phrase wins over a shorter one at the start of a status, so `未完了` (not finished) does not read as `完了`. */
const openUnspaced =
  '未着手|未対応|未完了|未実施|未定|未解決|未処理|未完|対応中|進行中|作業中|実施中|検討中|調査中|確認中|対応予定|予定|計画中|計画|保留|保留中|待ち|着手|着手済|オープン|要対応|要検討|継続中|継続|一部完了|一部対応|レビュー中|これから|やる|準備中|新規|' +
  '未开始|未完成|未解决|未处理|未关闭|未启动|待办|待处理|待定|待开始|待完成|待解决|待跟进|进行中|处理中|开发中|实施中|测试中|调查中|跟进中|计划中|已计划|规划中|排期中|打开|开放|暂停|阻塞|推迟|延期|部分完成|新建|待|尚未|计划|持续|' +
  '未開始|待辦|待處理|進行中|處理中|規劃中|開發中|已排程|延後|部分完成|開啟|' +
  '미완료|미착수|미해결|미처리|미진행|시작전|시작안함|진행중|진행예정|예정|대기|대기중|보류|검토중|작업중|계획|계획중|할일|처리중|조사중|오픈|열림|신규|부분완료|일부완료';
const closedUnspaced =
  '完了|完了済|対応済|対応済み|実施済|実施済み|済|済み|解決|解決済|終了|クローズ|クローズ済|リリース済|修正済|適用済|反映済|導入済|対応完了|中止|不要|却下|取り下げ|対応不要|キャンセル|見送り|対象外|設定済|' +
  '已完成|完成|已解决|解决|已关闭|关闭|已上线|已修复|已实施|已部署|已发布|已合并|已取消|取消|已处理|已落实|已优化|已增加|已添加|已结束|已验证|不适用|无需|不需要|已拒绝|放弃|废弃|完毕|' +
  '已解決|已關閉|關閉|已上線|已修復|已實施|已部署|已發布|已取消|不適用|無需|' +
  '완료|완료됨|해결|해결됨|종료|종료됨|닫힘|배포됨|배포완료|적용완료|적용됨|조치완료|처리완료|취소|취소됨|불필요|해당없음|반려|수정완료|반영완료';

/** A closed status with one of these behind it is not finished: `Done (kubectl, needs TF)`. */
const reopening =
  /(?:^|[^\p{L}])(?:needs?|pending|todo|to[- ]do|remaining|remains|outstanding|still (?:open|to|needs?|needed|pending|required|missing)|awaiting|in progress|not yet|partial(?:ly)?|follow[- ]?up (?:needed|required|pending)|ausstehend|noch offen|fehlt noch|en attente|reste à|pendiente|falta|pendente|in sospeso|da fare|openstaand|do zrobienia|осталось|не хватает)(?![\p{L}])|残り|未対応|残件|待|尚未|남음/iu;
/** Said of pending work that is none: `needs no change`. */
const noReopening = /(?:^|[^\p{L}])(?:no (?:longer )?(?:needs?|pending|remaining|follow[- ]?up)|nothing (?:remaining|pending|outstanding)|needs? (?:no|nothing))(?![\p{L}])/iu;

/** Marks that stand for a status by themselves. A word behind a mark decides over the mark. */
const closedMarks = ['✅', '☑', '✔', '✓', '🟢', '🏁', '🎉', '💚', '🆗', '👍', '🚀', '◉', '○', '〇', '◎'];
const openMarks = ['❌', '✖', '✗', '⬜', '◻', '☐', '🔲', '🔳', '⏳', '⌛', '🚧', '🔄', '🕐', '🕑', '📋', '📅', '🔴', '🟠', '🟡', '🔵', '⚪', '⭕', '🆕', '🛠', '🔨', '🏗', '👷', '⏸', '🔁', '📝', '🟥', '🟧', '🟨', '🟦', '✏', '🗓', '⏰', '◯', '△', '×', '✕', '▢', '□', '🔜'];
const unknownMarks = ['⚠', '❓', '❔', '❗', '🤷'];
const closedCodes = new Set(['white_check_mark', 'heavy_check_mark', 'ballot_box_with_check', 'check', 'done', 'green_circle', 'large_green_circle', 'checkered_flag', 'tada', 'rocket', 'ok']);
const openCodes = new Set(['x', 'construction', 'hourglass', 'hourglass_flowing_sand', 'red_circle', 'yellow_circle', 'large_yellow_circle', 'orange_circle', 'large_orange_circle', 'large_blue_circle', 'blue_circle', 'white_large_square', 'arrows_counterclockwise', 'wip', 'negative_squared_cross_mark', 'no_entry', 'clock1', 'calendar', 'clipboard', 'todo', 'black_square_button', 'white_square_button']);
const warnCodes = new Set(['warning', 'question', 'exclamation']);

const phrases = new Map<string, TodoState>();
for (const phrase of closedPhrases.split('|')) {
  phrases.set(phrase.normalize('NFC'), 'closed');
}
for (const phrase of openPhrases.split('|')) {
  if (!phrases.has(phrase)) {
    phrases.set(phrase.normalize('NFC'), 'open');
  }
}
const unspaced: [string, TodoState][] = [
  ...openUnspaced.split('|').map((word): [string, TodoState] => [fold(word), 'open']),
  ...closedUnspaced.split('|').map((word): [string, TodoState] => [fold(word), 'closed']),
];
unspaced.sort(([a], [b]) => b.length - a.length);

function fold(word: string): string {
  return normaliseName(word).replaceAll(' ', '');
}

const wordPattern = /[\p{L}\p{N}\p{M}%’']+/gu;

/** Words that are a status only in a status column; elsewhere they begin sentences (`Open a ticket` is told apart by its place). */
const contextual = new Set(
  ('new|next|no|yes|ok|ready|live|active|review|plan|draft|investigate|investigation|progress|hold|half|mostly|almost|need|needs|needed|require|required|requires|never|still|missing|soon|future|later|triage|proposal|enabled|tested|verified|removed|applied|' +
    'accepted|started|working|late|filed|assigned|remaining|outstanding|upcoming|delayed|partial|partially|partly|already|duplicate|failed|live|state|si|sim|oui|non|nao|nein|ja|noch|neu|nee|nie|nej|no|tak|да|нет|nuevo|nueva|novo|nova|nuovo|nieuw|lista|listo|pronto|close|close d|clos|' +
    'reporte|bloque|fazer|oppen|klar|klara|lost|tak|gata|kesz|100|a venir|laufend|lauft|lopend|bezig|aktiv seit|unassigned|acknowledged|at risk|on track|off track|invalid|moot').split('|'),
);

/** Whether a recognised status is one wherever it stands. `text` is the mark and word, as `readStatus` delimits them. */
export function isClearStatus(text: string): boolean {
  const words = [...text.matchAll(wordPattern)].map(([word]) => normaliseWord(word)).join(' ');
  return words !== '' && !contextual.has(words);
}

export interface StatusReading {
  readonly state: TodoState;
  /** Offsets of mark and word in the text read, `[start, end)`. `null` when nothing was recognised. */
  readonly start: number;
  readonly end: number;
  /** Whether it begins with a mark or word of the vocabulary at all. */
  readonly known: boolean;
}

/**
 * Reads a status cell or the beginning of an item. Markdown emphasis around the word is skipped.
 * @param text the cell's content as written, or plain text
 */
export function readStatus(text: string): StatusReading {
  const mark = readMark(text);
  const word = readWord(text, mark.end);
  if (word !== null && !(mark.state === 'unknown' && mark.known)) {
    const tail = text.slice(word.end);
    const reopened = word.state === 'closed' && reopening.test(tail) && !noReopening.test(tail);
    return { state: reopened ? 'open' : word.state, start: mark.known ? mark.start : word.start, end: word.end, known: true };
  }
  if (mark.known && mark.state === 'closed' && reopening.test(text.slice(mark.end))) {
    return { ...mark, state: 'open' };
  }
  return mark;
}

const boxes: Readonly<Record<string, TodoState>> = {
  '': 'open',
  ' ': 'open',
  x: 'closed',
  X: 'closed',
  '✓': 'closed',
  '✔': 'closed',
  '✅': 'closed',
  'N/A': 'closed',
  'n/a': 'closed',
  '-': 'closed',
  '~': 'closed',
  '/': 'open',
  '>': 'open',
  '!': 'open',
  '?': 'unknown',
};

/** A checkbox at the start of a list item or cell: `[ ]`, `[x]`, also `[N/A]`, `[-]` (dropped) and `\[ ]`. */
export function readBox(text: string): { readonly raw: string; readonly state: TodoState; readonly end: number } | null {
  const match = /^\\?\[([ \u00a0\t]?|[xX✓✔✅\-~/>!?]|[nN]\/[aA])\\?\](?=[\s\u3000]|$)[\s\u3000]*/u.exec(text);
  const inner = (match?.[1] ?? '').replaceAll(/[\u00a0\t]/g, ' ');
  const state = boxes[inner];
  return match === null || state === undefined ? null : { raw: `[${inner === '' ? ' ' : inner}]`, state, end: match[0].length };
}

function readMark(text: string): StatusReading {
  let at = /^[\s*_~`>|:\u3000-]*/.exec(text)?.[0].length ?? 0;
  const start = at;
  let state: TodoState = 'unknown';
  let known = false;
  const box = readBox(text.slice(at));
  if (box !== null) {
    return { state: box.state, start, end: at + box.raw.length, known: true };
  }
  for (;;) {
    const rest = text.slice(at, at + 40);
    const code = /^:([a-z0-9_+-]+):/i.exec(rest);
    const one = [...rest][0] ?? '';
    const found: TodoState | undefined =
      code !== null
        ? codeState(code[1]?.toLowerCase() ?? '')
        : closedMarks.includes(one)
          ? 'closed'
          : openMarks.includes(one)
            ? 'open'
            : unknownMarks.includes(one)
              ? 'unknown'
              : undefined;
    if (found === undefined) {
      break;
    }
    if (!known) {
      state = found;
    }
    known = true;
    at += code?.[0].length ?? one.length;
    at += /^[\ufe0e\ufe0f\u200d]*/.exec(text.slice(at))?.[0].length ?? 0;
    const blank = /^[\s*_]+(?=[^\s])/.exec(text.slice(at, at + 20))?.[0].length ?? 0;
    const next = text.slice(at + blank, at + blank + 40);
    if (blank > 0 && readMarkAt(next)) {
      at += blank;
    }
  }
  return { state, start, end: at, known };
}

function readMarkAt(text: string): boolean {
  const one = [...text][0] ?? '';
  return closedMarks.includes(one) || openMarks.includes(one) || unknownMarks.includes(one);
}

function codeState(code: string): TodoState | undefined {
  return closedCodes.has(code) ? 'closed' : openCodes.has(code) ? 'open' : warnCodes.has(code) ? 'unknown' : undefined;
}

function readWord(text: string, from: number): { state: TodoState; start: number; end: number } | null {
  const head = text.slice(from, from + 120);
  const tokens: { word: string; start: number; end: number }[] = [];
  for (const match of head.matchAll(wordPattern)) {
    if (tokens.length === 0 && /[^\s\p{P}\p{S}\u3000\ufe0f]/u.test(head.slice(0, match.index))) {
      return null;
    }
    tokens.push({ word: normaliseWord(match[0]), start: from + match.index, end: from + match.index + match[0].length });
    if (tokens.length === 4) {
      break;
    }
  }
  const first = tokens[0];
  if (first === undefined) {
    return null;
  }
  for (let length = tokens.length; length > 0; length--) {
    const state = phrases.get(tokens.slice(0, length).map(({ word }) => word).join(' '));
    const last = tokens[length - 1];
    if (state !== undefined && last !== undefined) {
      return { state, start: first.start, end: last.end };
    }
  }
  const joined = tokens.map(({ word }) => word).join('');
  const match = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(joined) ? unspaced.find(([word]) => joined.startsWith(word)) : undefined;
  return match === undefined ? null : { state: match[1], start: first.start, end: Math.max(first.end, first.start + match[0].length) };
}

function normaliseWord(word: string): string {
  return /^[a-z]+$/.test(word) ? word : normaliseName(word.replaceAll(/[’']/g, '\u0001')).replaceAll(/[\u0001]/g, "'") || word.toLowerCase();
}
