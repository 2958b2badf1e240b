/** Texts that stand where an action should be: dashes, what templates hold, and "none". */
import { remembered } from './memo.ts';

const dashes = /^[\s.…\-–—_*?xX/]*$/u;
const bracketed =
  /^(?:<[^<>]*>|\[[^\][]*\]|\{[^{}]*\}|\{\{[^{}]*\}\}|\([^()]*\)|（[^（）]*）|【[^【】]*】|「[^「」]*」|＜[^＜＞]*＞)[\s.…:]*(?:[-–—:,(（]*\s*(?:[[<{][^\]>}]*[\]>}]|\(?[^()]*(?:Y{4}|X{3}|J{4}|A{4})[^()]*\)?)[\s,.)）]*)*$/u;
const words =
  /^(?:action|action item|task|item|todo|to do|description|tbd|tba|null|example|insert|your action|describe|gap|measure|maßnahme|aufgabe|tâche|mesure|acción|tarea|medida|ação|azione|actie|zadanie|действие|задача|アクション|対応|対策|対策内容|行动|行动项|措施|改进措施|预防措施|任务|조치|조치 내용|대책|할 일)[\s#]*\d{0,2}[\s.…:：_]*$/iu;
const none =
  /^(?:none|no (?:further )?(?:actions?|action items?|follow-?ups?)|nothing|n\/a|keine|aucune?|néant|ninguna?|nenhuma?|nessuna?|geen|brak|нет|なし|无|無|없음)(?![\p{L}])[^,;:]{0,40}$/iu;
const examples =
  /^(?:lorem ipsum|e\.g\.|eg:|ex:|example:|for example|insert |your action|describe |z\.\s?b\.|beispiel:|p\.\s?ex|exemple\s?:|ejemplo:|exemplo:|esempio:|bijv\.|np\.|например|例[:：]|例えば|예시?[:：]|예\))/iu;
const blanks = /_{4,}|Y{4}[-/.]M{2}[-/.]D{2}|J{4}-M{2}-T{2}|A{4}-M{2}-(?:D{2}|J{2})/;
const templateCell =
  /^(?:y{4}[-/.]m{2}[-/.]d{2}|d{2}[-/.]m{2}[-/.]y{4}|m{2}[-/.]d{2}(?:[-/.]y{4})?|jjjj-mm-tt|aaaa-mm-(?:dd|jj)|<(?:[a-z][a-z _/-]*)>|\{\{?.*\}?\}|@?\[(?:name|owner|nome|nom|nombre|date|data|prazo|link|ticket|who|when|yyyy-mm-dd)\]|☐.*☐.*|(?:todo|open|offen|pending|pendente|pendiente)\s*\/\s*.*)$/i;

/** Whether an action's plain text is empty, a dash, or a template's placeholder (`<action>`, `[Action 1]`, `…`, `TBD`), or says "none". */
export function isPlaceholder(action: string): boolean {
  const text = action.length > 300 ? action.slice(0, 300) : action;
  return [dashes, bracketed, words, none, examples, blanks].some((pattern) => pattern.test(text));
}

/** Whether a cell as written is a template's: `YYYY-MM-DD`, `<owner>`, `Open / Done`. The row around it was then never filled in. */
export const isTemplateCell: (cell: string) => boolean = remembered((cell) => cell.length < 60 && templateCell.test(cell.replaceAll('`', '')));
