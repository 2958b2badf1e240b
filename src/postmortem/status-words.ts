/** Words and marks that are statuses, in the languages people write them in; words as `normaliseName` gives them. */

/**
 * - `open`: nobody has begun
 * - `held`: work remains, but a person is on it or holds it back
 * - `closed`: finished or given up
 * - `unclear`: a status, but of no use
 */
export type StatusKind = 'open' | 'held' | 'closed' | 'unclear';

/** Phrases a status begins with. */
export const statusPhrases: Readonly<Record<'closed' | 'held' | 'open', string>> = {
  closed:
    'da lam|da hoan tat|fet|feta|done|complete|completed|closed|resolved|fixed|shipped|merged|deployed|implemented|' +
    'released|finished|landed|delivered|applied|rolled out|n a|na|realizadas|realizados|implementadas|implementados|' +
    'completadas|completados|terminadas|cerradas|aplicadas|aplicados|concluidas|concluidos|finalizadas|feitas|realisees|' +
    'realises|terminees|terminees|mises en place|completate|completati|eseguite|implementate|uitgevoerde|wykonane|' +
    'выполненные|завершенные|реализованные|umgesetzte|erledigte|abgeschlossene|not applicable|not needed|not required|' +
    'no action|no action needed|no longer needed|no longer required|no longer relevant|wontdo|wontfix|wont do|wont fix|' +
    "won t do|won t fix|won't do|won't fix|will not do|will not fix|not doing|cancelled|canceled|rejected|declined|" +
    'abandoned|obsolete|superseded|duplicate|duplicated|failed|dropped|skipped|verified|live|yes|moot|invalid|removed|' +
    'mitigated|achieved|addressed|tested|enabled|already done|already|in production|in prod|in place|accepted risk|' +
    'risk accepted|archived|withdrawn|not planned|100|100%|ok|erledigt|fertig|abgeschlossen|geschlossen|behoben|gelost|' +
    'umgesetzt|implementiert|ausgerollt|bereitgestellt|beendet|verworfen|abgelehnt|abgebrochen|hinfallig|entfallt|' +
    'entfallen|nicht notig|nicht erforderlich|deployt|gemerged|ja|vollstandig|eingespielt|aktiv seit|fait|faite|termine|' +
    'terminee|ferme|fermee|clos|close|cloture|cloturee|resolu|resolue|corrige|corrigee|deploye|deployee|realise|realisee|' +
    'annule|annulee|abandonne|abandonnee|rejete|rejetee|livre|livree|oui|sans objet|acheve|achevee|mis en place|' +
    'mise en place|hecho|hecha|completado|completada|completo|completa|terminado|terminada|cerrado|cerrada|resuelto|' +
    'resuelta|finalizado|finalizada|implementado|implementada|desplegado|desplegada|cancelado|cancelada|descartado|' +
    'descartada|rechazado|listo|lista|realizado|realizada|corregido|aplicado|si|no aplica|feito|feita|concluido|concluida|' +
    'fechado|fechada|resolvido|resolvida|encerrado|encerrada|entregue|implantado|implantada|rejeitado|rejeitada|corrigido|' +
    'corrigida|aplicada|sim|nao se aplica|pronto|pronta|fatto|fatta|completato|completata|chiuso|chiusa|risolto|risolta|' +
    'terminato|terminata|concluso|conclusa|implementato|implementata|rilasciato|rilasciata|annullato|annullata|scartato|' +
    'rifiutato|eseguito|eseguita|corretto|gedaan|klaar|voltooid|afgerond|gesloten|opgelost|geimplementeerd|uitgevoerd|' +
    'geannuleerd|vervallen|afgewezen|gereed|nvt|n v t|niet van toepassing|zrobione|zrobiono|gotowe|gotowy|zakonczone|' +
    'zakonczony|zakonczona|zamkniete|zamkniety|rozwiazane|wdrozone|wdrozony|anulowane|odrzucone|ukonczone|wykonane|tak|' +
    'nie dotyczy|сделано|готово|выполнено|выполнена|выполнен|завершено|завершена|завершен|закрыто|закрыта|закрыт|решено|' +
    'решена|исправлено|исправлена|внедрено|внедрена|отменено|отменена|отклонено|реализовано|реализована|да|не требуется|' +
    'неактуально|не актуально|развернуто|виконано|зроблено|закрито|вирішено|скасовано|klar|klart|klara|fardig|avslutad|' +
    'stangd|lost|genomford|ferdig|lukket|fullfort|faerdig|afsluttet|gennemfort|valmis|tehty|suljettu|ratkaistu|peruttu|' +
    'tamamlandi|bitti|kapali|kapandi|yapildi|cozuldu|iptal|iptal edildi|hotovo|dokonceno|uzavreno|vyreseno|zruseno|kesz|' +
    'lezart|befejezett|megoldva|gata|finalizat|inchis|rezolvat|anulat|selesai|ditutup|hoan thanh|xong|da xong|' +
    'da hoan thanh|da hoan thanh|تم|مكتمل|منتهي|مغلق|بוצע|בוצע|הושלם|סגור|נסגר|पूर्ण|बंद|हो गया',
  held:
    'dang lam|en curs|in progress|in process|in flight|in work|in review|in development|in testing|progress|wip|' +
    'work in progress|doing|ongoing|on going|under way|underway|deferred|postponed|active|started|working|blocked|on hold|' +
    'hold|paused|stalled|waiting|awaiting|delayed|at risk|off track|on track|in arbeit|in bearbeitung|laufend|lauft|' +
    'begonnen|angefangen|wartend|wartet|zuruckgestellt|verschoben|in prufung|in umsetzung|blockiert|en cours|en attente|' +
    'reporte|reportee|differe|bloque|bloquee|en progreso|en curso|en proceso|en marcha|aplazado|pospuesto|bloqueado|' +
    'bloqueada|en revision|em andamento|em progresso|em curso|em execucao|adiado|adiada|em analise|em revisao|in corso|' +
    'in attesa|in sospeso|in lavorazione|rimandato|rinviato|bloccato|bezig|in behandeling|mee bezig|wachtend|uitgesteld|' +
    'geblokkeerd|lopend|w toku|w trakcie|oczekuje|oczekujace|oczekujacy|odlozone|zablokowane|в работе|в процессе|' +
    'в ожидании|ожидает|ожидается|отложено|отложена|заблокировано|делается|в роботі|у процесі|очікує|pagar|pagaende|vantar|' +
    'venter|i gang|kesken|odottaa|devam ediyor|beklemede|probiha|ceka|folyamatban|in lucru|in asteptare|sedang berjalan|' +
    'dang lam|dang thuc hien|قيد التنفيذ|معلق|בתהליך|ממתין|प्रगति में|bloccata|in analysis',
  open:
    'chua lam|chua bat dau|pendent|pendents|pendentes|pendientes|abiertas|abiertos|abertas|abertos|ouvertes|ouverts|offene|' +
    'ausstehende|aperte|aperti|otwarte|открытые|planifiees|prevues|geplante|планируемые|todo|to do|open|opened|reopened|' +
    're opened|pending|review|queued|proposed|proposal|staged|planned|plan|scheduled|backlog|backlogged|not started|' +
    'not done|not yet|not implemented|not fixed|not resolved|not complete|not completed|not closed|not deployed|not merged|' +
    'not ready|not built|not applied|not available|unstarted|yet to|new|investigating|investigation|investigate|assigned|' +
    'unassigned|accepted|acknowledged|ready|ready for|needed|needs|need|required|requires|next|upcoming|incomplete|' +
    'unresolved|unfinished|undone|outstanding|remaining|partial|partially|partly|half|mostly|almost|tbd|tba|later|soon|' +
    'future|draft|drafted|ticketed|filed|triage|triaged|no|never|missing|overdue|late|still|offen|ausstehend|zu erledigen|' +
    'geplant|nicht begonnen|nicht gestartet|nicht erledigt|noch|noch nicht|noch offen|teilweise|neu|unerledigt|nein|' +
    'vorgeschlagen|a faire|ouvert|ouverte|planifie|planifiee|prevu|prevue|a venir|non commence|non commencee|pas commence|' +
    'pas encore|non fait|non termine|nouveau|partiel|partiellement|a planifier|a definir|propose|proposee|non|por hacer|' +
    'pendiente|pendientes|abierto|abierta|planificado|planificada|planeado|programado|no iniciado|no iniciada|sin iniciar|' +
    'sin empezar|nuevo|nueva|parcial|parcialmente|por definir|propuesto|a fazer|por fazer|fazer|pendente|pendentes|aberto|' +
    'aberta|em aberto|planejado|planejada|agendado|nao iniciado|nao iniciada|nao feito|nao|novo|nova|proposto|da fare|' +
    'aperto|aperta|pianificato|pianificata|programmato|da pianificare|da definire|non iniziato|non iniziata|non avviato|' +
    'nuovo|parziale|parzialmente|te doen|openstaand|gepland|niet gestart|niet begonnen|nog niet|nog te doen|nieuw|' +
    'gedeeltelijk|nee|do zrobienia|otwarte|otwarty|otwarta|zaplanowane|zaplanowany|planowane|nierozpoczete|nie rozpoczeto|' +
    'nowe|nowy|czesciowo|nie|niezrobione|открыто|открыта|открыт|открытыи|запланировано|запланирован|планируется|не начато|' +
    'не начата|не начат|не сделано|не готово|новая|новыи|частично|сделать|к выполнению|нет|в планах|в очереди|відкрито|' +
    'заплановано|не розпочато|зробити|att gora|oppen|planerad|ej paborjad|a gjore|paabegynt|pabegynt|apen|planlagt|' +
    'ikke startet|at gore|aben|avoin|tekematta|suunniteltu|aloittamatta|yapilacak|acik|planlandi|baslanmadi|otevreno|' +
    'otevreny|planovano|nezahajeno|nyitott|tervezett|deschis|planificat|belum|terbuka|direncanakan|can lam|chua|مفتوح|' +
    'لم يبدأ|مخطط|פתוח|לביצוע|खुला|लंबित',
};

/** Languages without spaces between words: the longest that a status begins with decides, so `未完了` is not read as `完了`. */
export const unspacedStatuses: Readonly<Record<'closed' | 'held' | 'open', string>> = {
  closed:
    '完了|完了済|対応済|対応済み|実施済|実施済み|済|済み|解決|解決済|終了|クローズ|クローズ済|リリース済|修正済|適用済|反映済|導入済|対応完了|中止|不要|却下|取り下げ|対応不要|キャンセル|見送り|対象外|設定済|' +
    '已完成|完成|已解决|解决|已关闭|关闭|已上线|已修复|已实施|已部署|已发布|已合并|已取消|取消|已处理|已落实|已优化|已增加|已添加|已结束|已验证|不适用|无需|不需要|已拒绝|放弃|废弃|完毕|已解決|已關閉|關閉|' +
    '已上線|已修復|已實施|已發布|不適用|無需|완료|완료됨|해결|해결됨|종료|종료됨|닫힘|배포됨|배포완료|적용완료|적용됨|조치완료|처리완료|취소|취소됨|불필요|해당없음|반려|수정완료|반영완료',
  held:
    '対応中|進行中|作業中|実施中|検討中|調査中|確認中|保留|保留中|待ち|着手|着手済|継続中|継続|レビュー中|进行中|处理中|开发中|实施中|测试中|调查中|跟进中|暂停|阻塞|推迟|延期|處理中|規劃中|延後|진행중|대기|' +
    '대기중|보류|검토중|작업중|처리중|조사중',
  open:
    '未着手|未対応|未完了|未実施|未定|未解決|未処理|未完|対応予定|予定|計画中|計画|オープン|要対応|要検討|一部完了|一部対応|これから|やる|準備中|新規|未开始|未完成|未解决|未处理|未关闭|未启动|待办|待处理|待定|' +
    '待开始|待完成|待解决|待跟进|计划中|已计划|规划中|排期中|打开|开放|部分完成|新建|待|尚未|计划|持续|未開始|待辦|待處理|開發中|已排程|開啟|미완료|미착수|미해결|미처리|미진행|시작전|시작안함|진행예정|예정|' +
    '계획|계획중|할일|오픈|열림|신규|부분완료|일부완료',
};

/** Statuses only in a status column; elsewhere they begin ordinary sentences (`New alert for …`). */
export const contextualStatuses =
  'new|next|no|yes|ok|ready|live|active|review|plan|draft|investigate|investigation|progress|hold|half|mostly|almost|' +
  'need|needs|needed|required|requires|never|still|missing|soon|future|later|triage|proposal|enabled|tested|verified|' +
  'removed|applied|accepted|started|working|late|filed|assigned|remaining|outstanding|upcoming|delayed|partial|partially|' +
  'partly|already|duplicate|failed|si|sim|oui|non|nao|nein|ja|noch|neu|nee|nie|tak|да|нет|nuevo|nueva|novo|nova|nuovo|' +
  'nieuw|lista|listo|pronto|close|clos|reporte|bloque|fazer|oppen|klar|klara|lost|gata|kesz|100|a venir|laufend|lauft|' +
  'lopend|bezig|aktiv seit|unassigned|acknowledged|at risk|on track|off track|invalid|moot';

/** Marks that stand for a status by themselves; a word behind a mark decides over the mark. */
export const statusMarks: Readonly<Record<StatusKind, string>> = {
  closed: '✅☑✔✓🟢🏁🎉💚🆗👍🚀◉○〇◎',
  held: '🚧🔄⏸🔁🛠🔨🏗👷⏳⌛',
  open: '❌✖✗⬜◻☐🔲🔳🕐🕑📋📅🔴🟠🟡🔵⚪⭕🆕📝🟥🟧🟨🟦✏🗓⏰◯△×✕▢□🔜',
  unclear: '⚠❓❔❗🤷',
};

/** The same as emoji shortcodes. */
export const statusCodes: Readonly<Record<StatusKind, string>> = {
  closed: 'white_check_mark|heavy_check_mark|ballot_box_with_check|check|done|green_circle|large_green_circle|checkered_flag|tada|rocket|ok',
  held: 'construction|hourglass|hourglass_flowing_sand|arrows_counterclockwise|wip',
  open:
    'x|red_circle|yellow_circle|large_yellow_circle|orange_circle|large_orange_circle|large_blue_circle|blue_circle|' +
    'white_large_square|negative_squared_cross_mark|no_entry|clock1|calendar|clipboard|todo|black_square_button|' +
    'white_square_button',
  unclear: 'warning|question|exclamation',
};
