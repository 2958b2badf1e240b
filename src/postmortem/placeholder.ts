/** Texts that stand where an action should be. */

const dashes = /^[\s.…\-–—_*?xX/]*$/u;
const bracketed = /^(?:<[^<>]*>|\[[^\][]*\]|\{[^{}]*\}|\{\{[^{}]*\}\}|（[^（）]*）|【[^【】]*】|「[^「」]*」|＜[^＜＞]*＞|_{2,}.*)[\s.…]*$/u;
const words =
  /^(?:action|action item|task|item|todo|to do|description|tbd|tba|n\/a|none|nothing|null|lorem ipsum.*|example.*|e\.g\..*|insert .*|your action.*|describe .*|maßnahme|aufgabe|tâche|acción|tarea|ação|azione|actie|zadanie|действие|задача|アクション|対応|行动|措施|조치|없음|なし|无|keine|aucune?|ninguna?|nenhuma?|nessuna?|geen|brak|нет)[\s#]*\d{0,2}[\s.…:]*$/iu;

/** Whether an action's plain text is empty, a dash, or a template's placeholder (`<action>`, `[Action 1]`, `…`, `TBD`). */
export function isPlaceholder(action: string): boolean {
  return dashes.test(action) || bracketed.test(action) || words.test(action);
}
