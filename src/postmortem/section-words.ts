/** What headings of post-mortems say, in the languages people write them in; phrases as `normaliseName` gives them. */

/** What a phrase in a heading speaks of. One heading may speak of several. */
export type Topic = 'follow-up-log' | 'checklist' | 'steps' | 'actions' | 'other' | 'measures' | 'prevention';

export const topicPhrases: Readonly<Record<Topic, string>> = {
  'follow-up-log':
    'follow up implementations?|implementation log|implemented follow ups',
  checklist:
    'checklist|check list|checkliste|abschluss checkliste|lista de verificacion|lista de verificacao|liste de controle|' +
    'liste de verification|verification|verifications|verified|validation|test plan|testing|tests|test checklist|' +
    'acceptance criteria|success criteria|definition of done|sign off|approvals|aprovacoes|review checklist|how to verify|' +
    'rollback plan|smoke tests?|verifikation|verifizierung|prufung|verificacion|verificacao|проверка|чеклист|чек лист',
  steps:
    'timeline|time line|resolution|resolution steps|immediate resolution|response|incident response|recovery|' +
    'recovery actions|recovery procedure|immediate response|mitigation steps|losung|behebung|resolucion|resolucao|' +
    'risoluzione|oplossing|rozwiazanie|решение|устранение|восстановление|actions? taken|steps taken|measures taken|' +
    'what we did|what was done|fix applied|fixes applied|what we changed|what changed|implemented fixes|' +
    'implementierte fixes|applied fixes|changes made|code changes|ergriffene massnahmen|sofortmassnahmen|mesures prises|' +
    'actions menees|acciones tomadas|acoes tomadas|azioni intraprese|genomen acties|podjete dzialania|принятые меры',
  actions:
    'hanh dong khac phuc|bien phap phong ngua|bien phap khac phuc|cac buoc tiep theo|accions|accions correctives|' +
    'propers passos|action items?|action plan|action points?|actions?|follow ups|followups|follow up actions?|' +
    'follow up items?|follow up tasks?|follow up work|follow up tickets?|follow up issues|follow up steps|follow up plan|' +
    'follow up todos?|next steps?|to ?dos?|to do list|corrective actions?|preventive actions?|preventative actions?|' +
    'corrective and preventive|corrective and preventative|prevention plan|prevention items|remediation items?|' +
    'remediation plan|remediation actions?|remediation tasks?|improvement plan|improvement actions?|tasks?|open items?|' +
    'work items?|outstanding|outstanding items|outstanding work|pending items|remaining work|future work|mitigation items|' +
    'repair items|deliverables|recommended actions?|open questions and actions|what we will do|what we are doing|' +
    'what were doing|planned work|planned changes|what s next|whats next|not yet done|massnahmen|massnahmenplan|' +
    'aktionspunkte|aktionen|folgemassnahmen|folgeaktionen|nachste schritte|aufgaben|offene punkte|offene aufgaben|' +
    'praventionsmassnahmen|praventivmassnahmen|gegenmassnahmen|praventions massnahmen|korrekturmassnahmen|' +
    'verbesserungsmassnahmen|vorbeugende massnahmen|todos|actions? correctives?|actions? preventives?|plan d actions?|' +
    'prochaines etapes|mesures correctives|mesures preventives|actions a mener|actions a entreprendre|taches|suivi|' +
    'actions de suivi|points d action|a faire|acciones|acciones correctivas|acciones preventivas|plan de accion|' +
    'proximos pasos|medidas|medidas correctivas|medidas preventivas|tareas|elementos de accion|puntos de accion|' +
    'seguimiento|acciones de seguimiento|pendientes|acoes|acoes corretivas|acoes preventivas|plano de acao|plano de acoes|' +
    'proximos passos|medidas corretivas|itens de acao|tarefas|acompanhamento|acoes de acompanhamento|acoes de seguimento|' +
    'pendencias|azioni|azioni correttive|azioni preventive|piano d azione|piano di azione|prossimi passi|misure correttive|' +
    'misure preventive|attivita|da fare|acties|actiepunten|actielijst|vervolgacties|vervolgstappen|volgende stappen|' +
    'maatregelen|preventieve maatregelen|corrigerende maatregelen|taken|verbeterpunten|dzialania|dzialania naprawcze|' +
    'dzialania zapobiegawcze|plan dzialan|nastepne kroki|kolejne kroki|zadania|plan naprawczy|деиствия|план деиствии|' +
    'дальнеишие деиствия|дальнеишие шаги|следующие шаги|корректирующие деиствия|корректирующие меры|меры|мероприятия|' +
    'задачи|предупреждающие деиствия|превентивные меры|план работ|что делаем|action items|діі|подальші діі|завдання|' +
    'atgarder|nasta steg|handlingsplan|uppfoljning|tiltak|neste steg|oppfolging|handlinger|naeste skridt|opfolgning|' +
    'toimenpiteet|jatkotoimenpiteet|seuraavat vaiheet|aksiyonlar|eylem maddeleri|sonraki adimlar|yapilacaklar|' +
    'onleyici faaliyetler|duzeltici faaliyetler|akcni polozky|dalsi kroky|napravna opatreni|opatreni|ukoly|intezkedesek|' +
    'kovetkezo lepesek|teendok|actiuni|masuri|pasii urmatori|tindakan|tindakan perbaikan|langkah selanjutnya|tindak lanjut|' +
    'hanh dong|buoc tiep theo|viec can lam|الإجراءات|إجراءات|الخطوات التالية|الاجراءات|פעולות|משימות|צעדים הבאים|कार्रवाई|' +
    'अगले कदम',
  other:
    'nguyen nhan|nguyen nhan goc|bai hoc|bai hoc rut ra|dong thoi gian|anh huong|tac dong|tom tat|llicons|llicons apreses|' +
    'timeline|time line|chronology|chronologie|chronologia|chronology of events|zeitleiste|zeitstrahl|zeitlicher ablauf|' +
    'ablauf|cronologia|linea de tiempo|linha do tempo|tijdlijn|os czasu|хронология|таимлаин|tidslinje|aikajana|' +
    'zaman cizelgesi|lessons?|lessons learned|learnings?|what we learned|takeaways?|key takeaways|erkenntnisse|lektionen|' +
    'gelernt|lecons|enseignements|lecciones|aprendizajes?|licoes|aprendizados?|lezioni|lessen|geleerde lessen|wnioski|' +
    'уроки|выводы|went well|went wrong|went poorly|go well|go wrong|got lucky|worked well|didnt work|did not work|' +
    'gut gelaufen|lief gut|lief schlecht|schlecht gelaufen|bien passe|salio bien|salio mal|deu certo|deu errado|' +
    'andato bene|ging goed|ging fout|poszlo dobrze|что прошло|что пошло|impact|impacts|auswirkungen?|impacto|impatto|' +
    'gevolgen|wplyw|skutki|влияние|последствия|etki|root causes?|cause|causes|ursachen?|grundursache|cause racine|' +
    'causes racines|causa raiz|causa|causas|causa principale|oorzaak|oorzaken|przyczyna|przyczyny|причина|причины|' +
    'kok neden|rotorsak|contributing factors|trigger|summary|executive summary|overview|zusammenfassung|uberblick|resume|' +
    'sommaire|resumen|resumo|sommario|riepilogo|samenvatting|podsumowanie|резюме|краткое описание|sammanfattning|ozet|' +
    'background|hintergrund|contexte|contexto|context|kontext|detection|detection gaps|erkennung|deteccion|deteccao|' +
    'rilevamento|wykrycie|обнаружение|symptoms?|diagnosis|investigation|appendix|appendices|anhang|annexe|annexes|anexos?|' +
    'allegati|bijlagen?|zalacznik|приложение|references?|related|related documents?|see also|siehe auch|links|' +
    'further reading|resources|evidence|glossary|metadata|changelog|revision history|raw data|chat logs?|key files|' +
    'files changed|files modified|geanderte dateien|neue dateien|participants|people involved|teilnehmer|beteiligte|' +
    'five whys|5 whys|why analysis|metrics|metriken|metricas|current state|workaround|known issues',
  measures:
    'preventive measures?|preventative measures?|prevention measures?|preventative actions|short term|medium term|mid term|' +
    'long term|near term|immediate|improvements?|recommendations?|kurzfristig|mittelfristig|langfristig|empfehlungen|' +
    'verbesserungen|court terme|moyen terme|long terme|recommandations|ameliorations|corto plazo|medio plazo|largo plazo|' +
    'recomendaciones|mejoras|curto prazo|medio prazo|longo prazo|recomendacoes|melhorias|breve termine|medio termine|' +
    'lungo termine|raccomandazioni|miglioramenti|aanbevelingen|verbeteringen|rekomendacje|usprawnienia|рекомендации|' +
    'улучшения|rekommendationer|forbattringar|oneriler|iyilestirmeler|doporuceni|rekomendasi',
  prevention:
    'prevention|preventing|prevent|preventative|preventive|recommendations?|remediation|remediations|improvements?|' +
    'mitigation|mitigations|corrective|countermeasures?|hardening|future|going forward|long term|short term|medium term|' +
    'immediate|follow through|fixes|changes|proposals?|suggestions?|safeguards?|permanent fix|structural fix|' +
    'detection prevention|pravention|vorbeugung|vermeidung|empfehlungen?|verbesserungen?|verbesserungsvorschlage|' +
    'kurzfristig|mittelfristig|langfristig|prevention future|recommandations?|ameliorations?|pistes d amelioration|' +
    'court terme|moyen terme|long terme|prevencion|recomendaciones|recomendacion|mejoras|corto plazo|medio plazo|' +
    'largo plazo|prevencao|recomendacoes|melhorias|curto prazo|longo prazo|prevenzione|raccomandazioni|miglioramenti|' +
    'breve termine|lungo termine|preventie|aanbevelingen|verbeteringen|zapobieganie|rekomendacje|usprawnienia|' +
    'предотвращение|профилактика|рекомендации|улучшения|как не допустить|atgard|forebyggande|forebygging|rekommendationer|' +
    'forbattringar|onlem|oneriler|iyilestirmeler|prevence|doporuceni|megelozes|prevenire|pencegahan|rekomendasi',
};
