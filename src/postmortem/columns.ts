/**
 * Which column of a table means what, by its normalised name and never by its position. The words are those of public post-mortem
 * templates (Google SRE, Atlassian, PagerDuty, GitLab and others) and their translations.
 */
import { remembered } from './memo.ts';
import { Phrases } from './phrases.ts';

export type ColumnRole =
  | 'action'
  | 'weak-action'
  | 'status'
  | 'type'
  | 'priority'
  | 'details'
  | 'owner'
  | 'due'
  | 'date'
  | 'ticket'
  | 'time'
  | 'index'
  | 'commit'
  | 'implementer';

/** Latin, Cyrillic and other languages that separate words by spaces; names as `normaliseName` gives them, `|`-separated. */
export const columnPhrases: Readonly<Record<ColumnRole, string>> = {
  action:
    'action|actions|action item|action items|action point|task|tasks|todo|todos|to do|deliverable|deliverables|work item|' +
    'follow up|follow ups|followup|followups|corrective action|preventive action|preventative action|remediation action|' +
    'action required|action needed|massnahme|massnahmen|aufgabe|aufgaben|aktion|aktionen|handlungsbedarf|tache|taches|' +
    'mesure|mesures|accion|acciones|tarea|tareas|medida|medidas|acao|acoes|tarefa|tarefas|azione|azioni|attivita|compito|' +
    'misura|misure|actie|acties|actiepunt|taak|taken|maatregel|maatregelen|dzialanie|dzialania|zadanie|zadania|akcja|akce|' +
    'ukol|opatreni|деиствие|деиствия|задача|задачи|мера|меры|мероприятие|мероприятия|дія|завдання|захід|atgard|atgarder|' +
    'uppgift|tiltak|handling|oppgave|opgave|toimenpide|tehtava|aksiyon|eylem|gorev|intezkedes|feladat|actiune|actiuni|' +
    'sarcina|tindakan|tugas|hanh dong|bien phap|cong viec|nhiem vu|accio|accions|الإجراء|إجراء|الاجراء|المهمة|מטלה|פעולה|' +
    'משימה|कार्य|कार्रवाई',
  'weak-action':
    'item|items|fix|fixes|improvement|improvements|recommendation|recommendations|remediation|change|changes|measure|' +
    'measures|step|steps|what|activity|mitigation|proposal|title|summary|control|prevention|countermeasure|safeguard|' +
    'initiative|work|solution|resolution|need|goal|verbesserung|empfehlung|was|punkt|behebung|amelioration|recommandation|' +
    'correctif|quoi|mejora|recomendacion|melhoria|recomendacao|correcao|miglioramento|raccomandazione|verbetering|' +
    'aanbeveling|poprawka|usprawnienie|улучшение|рекомендация|исправление|что сделать|forbattring',
  status:
    'status|state|progress|done|completed|complete|completion|closed|resolved|stand|zustand|umsetzungsstand|fortschritt|' +
    'erledigt|statut|etat|avancement|fait|estado|progreso|hecho|situacao|andamento|progresso|concluido|feito|stato|' +
    'avanzamento|fatto|toestand|voortgang|gedaan|stan|postep|статус|состояние|прогресс|готово|стан|tila|durum|stav|allapot|' +
    'statusz|stadiu|trang thai|estat|الحالة|סטטוס|מצב|स्थिति',
  type:
    'type|types|category|categories|kind|class|classification|art|typ|kategorie|categorie|tipo|categoria|soort|rodzaj|kategoria|тип|категория|вид|kategori|tip|tur|tyyppi|النوع|סוג|प्रकार',
  priority:
    'muc uu tien|do uu tien|muc do uu tien|priority|prio|pri|p|importance|urgency|prioritat|wichtigkeit|dringlichkeit|' +
    'priorite|urgence|prioridad|prioridade|urgencia|priorita|prioriteit|urgentie|priorytet|приоритет|пріоритет|prioritet|' +
    'oncelik|prioriteetti|prioritas|prioritate|uu tien|الأولوية|الاولوية|עדיפות|प्राथमिकता',
  details:
    'mo ta|ghi chu|detalls|descripcio|details|detail|description|notes|note|comment|comments|remark|remarks|context|' +
    'evidence|rationale|verification|acceptance criteria|success criteria|outcome|result|how|why|scope|reason|beschreibung|' +
    'bemerkung|bemerkungen|anmerkung|anmerkungen|notiz|notizen|kommentar|einzelheiten|remarque|remarques|commentaire|' +
    'commentaires|precisions|detalles|detalle|descripcion|notas|comentarios|observaciones|detalhes|descricao|observacoes|' +
    'observacao|dettagli|descrizione|commenti|toelichting|opmerking|opmerkingen|omschrijving|szczegoly|opis|uwagi|детали|' +
    'описание|комментарии|примечание|примечания|подробности|опис|beskrivelse|beskrivning|anteckningar|kuvaus|aciklama|' +
    'detay|poznamka|popis|leiras|megjegyzes|descriere|observatii',
  owner:
    'nguoi phu trach|nguoi chiu trach nhiem|nguoi thuc hien|phu trach|owner|owners|assignee|assignees|assigned|assigned to|' +
    'responsible|responsible party|dri|lead|who|team|accountable|person|poc|driver|verantwortlich|verantwortliche|' +
    'verantwortlicher|verantwortung|zustandig|zustandigkeit|eigentumer|besitzer|wer|bearbeiter|responsable|responsables|' +
    'proprietaire|porteur|qui|pilote|propietario|asignado|dueno|encargado|quien|responsavel|responsaveis|dono|atribuido|' +
    'quem|responsabile|proprietario|assegnatario|chi|referente|eigenaar|verantwoordelijke|verantwoordelijk|wie|' +
    'odpowiedzialny|odpowiedzialna|wlasciciel|kto|ответственныи|ответственные|владелец|исполнитель|кто|відповідальнии|' +
    'виконавець|ansvarig|ansvarlig|agare|eier|ejer|vastuuhenkilo|omistaja|sorumlu|sahibi|zodpovedny|vlastnik|felelos|' +
    'responsabil|penanggung jawab|المسؤول|אחראי',
  due:
    'thoi han|han|han chot|termini|due|due date|deadline|eta|target|target date|by when|by|timeline|timeframe|completed on|' +
    'fallig|falligkeit|frist|termin|bis|bis wann|zieldatum|echeance|delai|date cible|plazo|fecha limite|vencimiento|prazo|' +
    'data limite|data prevista|scadenza|entro|streefdatum|einddatum|wanneer|срок|сроки|дедлаин|термін|maaraaika|son tarih|' +
    'hatarido|termen|tenggat|الموعد|תאריך יעד',
  date: 'date|datum|fecha|data|дата|dato|tarih|paivamaara|tanggal|التاريخ|תאריך',
  ticket: 'bug|bugs|ticket|tickets|issue|issues|jira|tracking|tracking issue|link|links|pr|prs|reference|references|ref|url|github|gitlab|beads|tracker|verweis|lien|enlace|тикет|ссылка|задача в jira',
  time: 'time|timestamp|utc|zeit|uhrzeit|zeitpunkt|heure|horodatage|hora|horario|ora|orario|tijd|tijdstip|czas|godzina|время|час|tid|klockslag|saat|cas|ido|waktu',
  index: '#|no|nr|id|num|number|n|s no|sr no|lp|ai|key|ref no',
  commit: 'commit|commits|sha|change id',
  implementer: 'implemented by|implementiert von|implemente par|implementado por|implementato da|geimplementeerd door|wdrozone przez|реализовал|реализовано',
};

/** Languages without spaces between words: the longest of these that a name ends with, or else contains, decides. */
const unspaced: Readonly<Record<Exclude<ColumnRole, 'commit' | 'implementer'>, string>> = {
  action:
    'アクション|アクションアイテム|対応|対応内容|対応策|対策|施策|タスク|作業|作業内容|改善策|改善内容|再発防止策|防止策|実施内容|実施事項|やること|行动|行动项|行动计划|措施|改进措施|整改措施|预防措施|任务|事项|' +
    '待办|待办事项|改进项|改进|整改项|行動|行動項目|任務|事項|待辦|待辦事項|改善措施|조치|조치사항|조치내용|액션|액션아이템|작업|할일|과제|개선사항|대책|재발방지대책|実行項目',
  'weak-action': '課題|項目|项目|条目|改善点|改善項目|アイテム|항목|문제|タイトル|标题|제목',
  status: '状態|状況|対応状況|実施状況|進捗|進捗状況|ステータス|完了|状态|进度|进展|完成情况|完成状态|狀態|進度|進展|상태|진행상태|진행상황|진행|완료여부|완료',
  type: '種別|種類|分類|カテゴリ|カテゴリー|タイプ|区分|类型|类别|分类|類型|類別|유형|구분|종류|분류|카테고리|타입',
  priority: '優先度|優先順位|重要度|緊急度|优先级|优先度|重要性|紧急程度|優先級|우선순위|중요도|긴급도',
  details: '詳細|備考|説明|メモ|補足|コメント|内容|详情|详细|说明|备注|描述|注释|細節|說明|備註|세부사항|상세|비고|설명|내용|상세내용|메모',
  owner: '担当|担当者|対応者|対応担当|オーナー|責任者|実施者|负责人|责任人|所有者|负责|执行人|跟进人|負責人|責任人|담당자|담당|책임자|소유자|담당팀',
  due: '期限|期日|締切|締め切り|予定日|完了予定|完了予定日|対応期限|目標日|截止日期|截止时间|完成时间|计划完成时间|预计完成时间|期望完成|截止|完成日期|截止日|기한|마감|마감일|예정일|완료예정일|목표일',
  date: '日付|日期|날짜|일자',
  ticket: 'チケット|リンク|課題番号|工单|链接|关联|單號|連結|티켓|링크|이슈',
  time: '時刻|時間|日時|时间|時刻点|时刻|시간|시각|일시',
  index: '番号|項番|序号|编号|編號|序號|번호|순번',
};

const exact = new Phrases<ColumnRole>(columnPhrases);
const byEnding = new Phrases<keyof typeof unspaced>(unspaced);

/** The role of a column by its normalised name, `null` when the name says nothing. */
export const roleOf: (name: string) => ColumnRole | null = remembered(readRole);

function readRole(name: string): ColumnRole | null {
  if (name === '') {
    return null;
  }
  const known = exact.get(name);
  if (known !== undefined) {
    return known;
  }
  if (/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(name)) {
    return roleOfUnspaced(name.replaceAll(' ', ''));
  }
  return roleOfPhrase(name);
}

/** The longest known word at the end decides, else the longest at the start: `対応状況` is a status, `担当チーム` an owner. */
function roleOfUnspaced(name: string): ColumnRole | null {
  for (let from = 0; from < name.length; from++) {
    const role = byEnding.get(name.slice(from));
    if (role !== undefined) {
      return role;
    }
  }
  for (let to = name.length - 1; to > 0; to--) {
    const role = byEnding.get(name.slice(0, to));
    if (role !== undefined) {
      return role;
    }
  }
  return null;
}

/** `action owner` is an owner, `type of action` a type, `owner item` an owner: the head word decides, a weak one last. */
function roleOfPhrase(name: string): ColumnRole | null {
  const head = name.split(/ (?:of|de|des|du|da|do|del|della|di|van|der|für|fur) /)[0] ?? name;
  const parts = (head === name ? name : head).split(' ');
  if (parts.length > 5) {
    return null;
  }
  let weak: ColumnRole | null = null;
  for (let length = Math.min(3, parts.length); length > 0; length--) {
    for (let from = parts.length - length; from >= 0; from--) {
      const role = exact.get(parts.slice(from, from + length).join(' '));
      if (role === undefined || role === 'index' || role === 'time') {
        continue;
      }
      if (role !== 'weak-action') {
        return role;
      }
      weak ??= role;
    }
  }
  return weak;
}
