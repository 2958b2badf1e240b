/** How people name the fields of a post-mortem's header, as `normaliseName` gives the words. */
import { Phrases } from './phrases.ts';

export type Field = 'duration' | 'severity' | 'urgency' | 'affected' | 'status' | 'start' | 'end' | 'summary' | 'impact';

const words: Readonly<Record<Field | 'none', string>> = {
  // Longer names that begin like a field and are none.
  none:
    'affected users?|affected customers?|users affected|customers affected|impact assessment|status page|start of shift|services owner|' +
    'duration of monitoring|priority list|systems owner',
  duration:
    'duration|total duration|incident duration|outage duration|impact duration|duration of incident|duration of the incident|duration of outage|' +
    'duration of impact|downtime|total downtime|outage|time to resolve|time to resolution|ttr|length|how long|dauer|ausfalldauer|dauer des ausfalls|' +
    'dauer des vorfalls|duree|duree totale|duree de l incident|duracion|duracion total|duracion del incidente|duracao|duracao total|' +
    'duracao do incidente|duracao do impacto|durata|durata totale|duur|czas trwania|длительность|продолжительность|varaktighet|varighed|' +
    'varighet|kesto|sure|期間|継続時間|停止時間|影響時間|障害時間|持续时间|影响时长|故障时长|時長|持續時間|지속 시간|지속시간|장애 시간',
  severity:
    'severity|sev|severity level|incident severity|impact level|criticality|schweregrad|kritikalitat|severite|gravite|criticite|severidad|gravedad|' +
    'criticidad|severidade|gravidade|criticidade|gravita|severita|ernst|ernstniveau|waznosc|poziom krytycznosci|серьезность|критичность|' +
    'уровень|allvarlighetsgrad|alvorlighetsgrad|onem|重大度|深刻度|重要度|严重程度|严重级别|故障等级|嚴重程度|심각도',
  urgency: 'priority|incident priority|priority level|urgency|prioritat|priorite|prioridad|prioridade|priorita|prioriteit|priorytet|приоритет|優先度|优先级|우선순위',
  affected:
    'affected|affected services?|affected systems?|affected components?|affected service s|affected areas?|affected products?|affected applications?|' +
    'services affected|systems affected|components affected|impacted services?|impacted systems?|impacted components?|services impacted|' +
    'systems impacted|services?|systems?|components?|products?|betroffen|betroffene dienste|betroffene systeme|betroffene services|' +
    'betroffene komponenten|services? impactes?|services? affectes?|systemes impactes|systemes affectes|composants impactes|' +
    'servicios? afectados?|sistemas? afectados?|componentes afectados|servicos? afetados?|sistemas? afetados?|componentes afetados|' +
    'servizi interessati|servizi coinvolti|sistemi coinvolti|getroffen diensten|getroffen systemen|dotkniete uslugi|dotkniete systemy|' +
    'затронутые сервисы|затронутые системы|затронутые компоненты|paverkade tjanster|berorte tjenester|影響サービス|影響範囲|対象サービス|対象システム|' +
    '影响服务|受影响服务|受影响的服务|受影响系统|影响范围|影響服務|受影響服務|영향 서비스|영향받은 서비스|영향 범위',
  status: 'status|incident status|state|stand|statut|etat|estado|situacao|stato|toestand|статус|状態|ステータス|状态|狀態|상태',
  start:
    'start|started|start time|start date|incident start|began|start of incident|start of impact|beginn|start des vorfalls|debut|inicio|inizio|начало|開始|開始時刻|开始时间|開始時間|시작',
  end: 'end|ended|end time|end date|incident end|resolved|resolved at|mitigated|mitigated at|end of incident|end of impact|ende|fin|fim|fine|einde|конец|終了|終了時刻|復旧|结束时间|恢复时间|結束時間|종료',
  summary:
    'summary|executive summary|incident summary|issue summary|short summary|summary of incident|summary of the incident|tl dr|tldr|tl dr summary|resumo tl dr|overview|abstract|synopsis|in short|' +
    'zusammenfassung|kurzfassung|uberblick|resume|resume executif|sommaire|synthese|resumen|resumen ejecutivo|resumo|resumo executivo|sommario|riepilogo|sintesi|' +
    'samenvatting|podsumowanie|резюме|краткое описание|краткое содержание|описание|sammanfattning|sammendrag|resume|yhteenveto|ozet|概要|要約|サマリ|サマリー|概述|摘要|总结|개요|요약|' +
    'what happened|was ist passiert|que s est il passe|que paso|o que aconteceu|cosa e successo|что произошло|problem|problem description|issue|description',
  impact: 'impact|impacts|user impact|customer impact|business impact|auswirkung|auswirkungen|impacto|impact client|impatto|gevolgen|wplyw|влияние|影響|影响|영향',
};

const fields = new Phrases<Field | 'none'>(words);
const longestName = 4;

/** The field that a name stands for, also with a few words more behind it: `Duration of halt`, `Impact on users`. */
export function fieldOf(name: string): Field | null {
  const spoken = name.split(' ');
  const found = fields.get(name) ?? (spoken.length <= longestName ? fields.start(spoken)?.tag : undefined);
  return found === undefined || found === 'none' ? null : found;
}
