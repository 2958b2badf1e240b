import { describe, expect, test } from 'vitest';
import { decide } from '../../src/postmortem/classify.ts';
import { parsePostMortem } from '../../src/postmortem/parse.ts';

interface Sample {
  readonly language: string;
  /** A section with a table: action, owner, priority, status open and closed. */
  readonly table: string;
  /** A section with boxes and bullets; `- [ ]` counts as open. */
  readonly list: string;
  /** A section that holds no action items. */
  readonly other: string;
  readonly action: string;
  readonly owner: string;
}

const samples: readonly Sample[] = [
  {
    language: 'German',
    table: '## Maßnahmen\n\n| Maßnahme | Verantwortlich | Priorität | Fällig | Status |\n|---|---|---|---|---|\n| Alarm für volle Platten hinzufügen | Anna | Hoch | 1.3. | Offen |\n| Runbook schreiben | Ben | Mittel | 2.3. | Erledigt |\n',
    list: '## Nächste Schritte\n\n- [ ] Überwachung erweitern\n- [x] Timeout erhöht\n- Sicherung testen\n',
    other: '## Was lief gut\n\n- Schnelle Erkennung\n\n## Ursache\n\n- Platte voll\n',
    action: 'Alarm für volle Platten hinzufügen',
    owner: 'Anna',
  },
  {
    language: 'French',
    table: '## Actions correctives\n\n| Action | Responsable | Priorité | Échéance | Statut |\n|---|---|---|---|---|\n| Ajouter une alerte disque | Anna | Haute | 1 mars | À faire |\n| Écrire le runbook | Ben | Moyenne | 2 mars | Terminé |\n',
    list: '## Prochaines étapes\n\n- [ ] Étendre la supervision\n- [x] Augmenter le délai\n- Tester les sauvegardes\n',
    other: '## Chronologie\n\n- 10h : panne\n\n## Leçons apprises\n\n- Mieux tester\n',
    action: 'Ajouter une alerte disque',
    owner: 'Anna',
  },
  {
    language: 'Spanish',
    table: '## Acciones correctivas\n\n| Acción | Responsable | Prioridad | Fecha límite | Estado |\n|---|---|---|---|---|\n| Añadir una alerta de disco | Ana | Alta | 1 mar | Pendiente |\n| Escribir el runbook | Beto | Media | 2 mar | Hecho |\n',
    list: '## Próximos pasos\n\n- [ ] Ampliar el monitoreo\n- [x] Subir el límite\n- Probar las copias\n',
    other: '## Línea de tiempo\n\n- 10:00 caída\n\n## Lecciones aprendidas\n\n- Probar más\n',
    action: 'Añadir una alerta de disco',
    owner: 'Ana',
  },
  {
    language: 'Portuguese',
    table: '## Plano de ação\n\n| Ação | Responsável | Prioridade | Prazo | Situação |\n|---|---|---|---|---|\n| Adicionar um alerta de disco | Ana | Alta | 1 mar | Pendente |\n| Escrever o runbook | Beto | Média | 2 mar | Concluído |\n',
    list: '## Próximos passos\n\n- [ ] Ampliar o monitoramento\n- [x] Aumentar o limite\n- Testar os backups\n',
    other: '## Linha do tempo\n\n- 10:00 queda\n\n## Lições aprendidas\n\n- Testar mais\n',
    action: 'Adicionar um alerta de disco',
    owner: 'Ana',
  },
  {
    language: 'Italian',
    table: '## Azioni correttive\n\n| Azione | Responsabile | Priorità | Scadenza | Stato |\n|---|---|---|---|---|\n| Aggiungere un allarme disco | Anna | Alta | 1 mar | Da fare |\n| Scrivere il runbook | Bruno | Media | 2 mar | Completato |\n',
    list: '## Prossimi passi\n\n- [ ] Estendere il monitoraggio\n- [x] Aumentare il limite\n- Provare i backup\n',
    other: '## Cronologia\n\n- 10:00 guasto\n\n## Lezioni\n\n- Provare di più\n',
    action: 'Aggiungere un allarme disco',
    owner: 'Anna',
  },
  {
    language: 'Dutch',
    table: '## Actiepunten\n\n| Actie | Eigenaar | Prioriteit | Deadline | Status |\n|---|---|---|---|---|\n| Schijfalarm toevoegen | Anna | Hoog | 1 mrt | Te doen |\n| Runbook schrijven | Bas | Gemiddeld | 2 mrt | Afgerond |\n',
    list: '## Vervolgstappen\n\n- [ ] Monitoring uitbreiden\n- [x] Limiet verhoogd\n- Back-ups testen\n',
    other: '## Tijdlijn\n\n- 10:00 storing\n\n## Oorzaak\n\n- Schijf vol\n',
    action: 'Schijfalarm toevoegen',
    owner: 'Anna',
  },
  {
    language: 'Polish',
    table: '## Działania naprawcze\n\n| Działanie | Odpowiedzialny | Priorytet | Termin | Status |\n|---|---|---|---|---|\n| Dodać alert dysku | Anna | Wysoki | 1.03 | Do zrobienia |\n| Napisać runbook | Bartek | Średni | 2.03 | Zakończone |\n',
    list: '## Następne kroki\n\n- [ ] Rozszerzyć monitoring\n- [x] Zwiększyć limit\n- Przetestować kopie\n',
    other: '## Oś czasu\n\n- 10:00 awaria\n\n## Wnioski\n\n- Więcej testów\n',
    action: 'Dodać alert dysku',
    owner: 'Anna',
  },
  {
    language: 'Russian',
    table: '## План действий\n\n| Действие | Ответственный | Приоритет | Срок | Статус |\n|---|---|---|---|---|\n| Добавить алерт на диск | Анна | Высокий | 1 марта | Не начато |\n| Написать инструкцию | Борис | Средний | 2 марта | Выполнено |\n',
    list: '## Следующие шаги\n\n- [ ] Расширить мониторинг\n- [x] Увеличить лимит\n- Проверить копии\n',
    other: '## Хронология\n\n- 10:00 сбой\n\n## Причина\n\n- Диск заполнен\n',
    action: 'Добавить алерт на диск',
    owner: 'Анна',
  },
  {
    language: 'Ukrainian',
    table: '## Подальші дії\n\n| Завдання | Відповідальний | Пріоритет | Термін | Статус |\n|---|---|---|---|---|\n| Додати сповіщення | Анна | P1 | 1.03 | Заплановано |\n| Написати інструкцію | Богдан | P2 | 2.03 | Виконано |\n',
    list: '## Завдання\n\n- [ ] Розширити моніторинг\n- [x] Збільшити ліміт\n- Перевірити копії\n',
    other: '## Хронология\n\n- 10:00 збій\n',
    action: 'Додати сповіщення',
    owner: 'Анна',
  },
  {
    language: 'Swedish',
    table: '## Åtgärder\n\n| Åtgärd | Ansvarig | Prioritet | Klart | Status |\n|---|---|---|---|---|\n| Lägg till larm för disk | Anna | Hög | 1/3 | Ej påbörjad |\n| Skriv en runbook | Bo | Medel | 2/3 | Klar |\n',
    list: '## Nästa steg\n\n- [ ] Utöka övervakningen\n- [x] Höj gränsen\n- Testa backuper\n',
    other: '## Tidslinje\n\n- 10:00 avbrott\n\n## Rotorsak\n\n- Full disk\n',
    action: 'Lägg till larm för disk',
    owner: 'Anna',
  },
  {
    language: 'Turkish',
    table: '## Aksiyonlar\n\n| Aksiyon | Sorumlu | Öncelik | Tarih | Durum |\n|---|---|---|---|---|\n| Disk uyarısı ekle | Ayşe | Yüksek | 1 Mart | Yapılacak |\n| Runbook yaz | Can | Orta | 2 Mart | Tamamlandı |\n',
    list: '## Sonraki adımlar\n\n- [ ] İzlemeyi genişlet\n- [x] Sınırı artır\n- Yedekleri dene\n',
    other: '## Zaman çizelgesi\n\n- 10:00 kesinti\n\n## Kök neden\n\n- Disk dolu\n',
    action: 'Disk uyarısı ekle',
    owner: 'Ayşe',
  },
  {
    language: 'Japanese',
    table: '## 再発防止策\n\n| 対応内容 | 担当者 | 優先度 | 期限 | 状態 |\n|---|---|---|---|---|\n| ディスク監視のアラートを追加する | 田中 | 高 | 3/1 | 未着手 |\n| 手順書を作成する | 佐藤 | 中 | 3/2 | 対応済み |\n',
    list: '## 次のステップ\n\n- [ ] 監視を拡充する\n- [x] タイムアウトを延長した\n- バックアップを検証する（担当: 鈴木）\n',
    other: '## タイムライン\n\n- 10:00 障害発生\n\n## 教訓\n\n- 監視が足りない\n',
    action: 'ディスク監視のアラートを追加する',
    owner: '田中',
  },
  {
    language: 'Chinese',
    table: '## 改进措施\n\n| 改进项 | 负责人 | 优先级 | 截止日期 | 状态 |\n|---|---|---|---|---|\n| 增加磁盘告警 | 王伟 | 高 | 3月1日 | 未开始 |\n| 编写操作手册 | 李娜 | 中 | 3月2日 | 已完成 |\n',
    list: '## 后续行动\n\n- [ ] 完善监控\n- [x] 调整超时\n- 定期演练恢复\n',
    other: '## 时间线\n\n- 10:00 故障\n\n## 根本原因\n\n- 磁盘已满\n',
    action: '增加磁盘告警',
    owner: '王伟',
  },
  {
    language: 'traditional Chinese',
    table: '## 後續行動\n\n| 行動項目 | 負責人 | 優先級 | 截止日 | 狀態 |\n|---|---|---|---|---|\n| 增加磁碟告警 | 王偉 | 高 | 3/1 | 未開始 |\n| 撰寫手冊 | 李娜 | 中 | 3/2 | 已解決 |\n',
    list: '## 改進措施\n\n- [ ] 增強監控\n- [x] 調整逾時\n- 建置備援\n',
    other: '## 時間線\n\n- 10:00 故障\n',
    action: '增加磁碟告警',
    owner: '王偉',
  },
  {
    language: 'Korean',
    table: '## 재발 방지 대책\n\n| 조치 사항 | 담당자 | 우선순위 | 기한 | 상태 |\n|---|---|---|---|---|\n| 디스크 알림 추가 | 김민수 | 높음 | 3/1 | 미착수 |\n| 런북 작성 | 이지은 | 중간 | 3/2 | 완료 |\n',
    list: '## 후속 조치\n\n- [ ] 모니터링 강화\n- [x] 타임아웃 조정\n- 백업 복구 훈련\n',
    other: '## 타임라인\n\n- 10:00 장애\n\n## 근본 원인\n\n- 디스크 부족\n',
    action: '디스크 알림 추가',
    owner: '김민수',
  },
  {
    language: 'Vietnamese',
    table: '## Hành động khắc phục\n\n| Hành động | Người phụ trách | Mức ưu tiên | Thời hạn | Trạng thái |\n|---|---|---|---|---|\n| Thêm cảnh báo ổ đĩa | An | P1 | 1/3 | Chưa bắt đầu |\n| Viết runbook | Bình | P2 | 2/3 | Hoàn thành |\n',
    list: '## Các bước tiếp theo\n\n- [ ] Mở rộng giám sát\n- [x] Tăng giới hạn\n- Thử khôi phục\n',
    other: '## Nguyên nhân gốc\n\n- Ổ đĩa đầy\n\n## Bài học\n\n- Kiểm tra nhiều hơn\n',
    action: 'Thêm cảnh báo ổ đĩa',
    owner: 'An',
  },
  {
    language: 'Catalan',
    table: '## Accions correctives\n\n| Acció | Responsable | Prioritat | Termini | Estat |\n|---|---|---|---|---|\n| Afegir una alerta de disc | Anna | Alta | 1 març | Pendent |\n| Escriure el runbook | Bru | Mitjana | 2 març | Fet |\n',
    list: '## Propers passos\n\n- [ ] Ampliar el monitoratge\n- [x] Apujar el límit\n- Provar les còpies\n',
    other: '## Cronologia\n\n- 10:00 caiguda\n\n## Lliçons apreses\n\n- Provar més\n',
    action: 'Afegir una alerta de disc',
    owner: 'Anna',
  },
  {
    language: 'Arabic',
    table: '## الإجراءات\n\n| الإجراء | المسؤول | الأولوية | الحالة |\n|---|---|---|---|\n| إضافة تنبيه للقرص | سارة | P1 | مفتوح |\n| كتابة الدليل | علي | P2 | تم |\n',
    list: '## الخطوات التالية\n\n- [ ] توسيع المراقبة\n- [x] رفع الحد\n- اختبار النسخ\n',
    other: '## Timeline\n\n- 10:00\n',
    action: 'إضافة تنبيه للقرص',
    owner: 'سارة',
  },
];

describe.each(samples)('$language', ({ table, list, other, action, owner }) => {
  test('a table: action, owner, priority and both statuses', () => {
    const { todos, problems } = parsePostMortem(`# X\n\n${table}`, 'x.md');
    expect(problems).toEqual([]);
    expect(todos.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(todos[0]).toMatchObject({ action, owner, source: 'table', priority: 'P1', priorityFrom: 'column' });
  });

  test('boxes and bullets', () => {
    const { todos } = parsePostMortem(`# X\n\n${list}`, 'x.md');
    expect(todos.map(({ source, state }) => [source, state])).toEqual([
      ['tasklist', 'open'],
      ['tasklist', 'closed'],
      ['bullet', 'unknown'],
    ]);
  });

  test('what tells of the incident holds no items', () => {
    expect(parsePostMortem(`# X\n\n${other}`, 'x.md').todos).toEqual([]);
  });

  test('nothing is automated that has no type', () => {
    const postMortem = parsePostMortem(`# X\n\n${table}`, 'x.md');
    const kinds = postMortem.todos.map((todo) => decide(todo, postMortem, { safeTypes: ['Config'], retry: 'never' }).kind);
    expect(kinds).not.toContain('implement');
  });
});

describe('statuses that look closed and are not', () => {
  test.each([
    ['未完了', 'open'],
    ['未完成', 'open'],
    ['미완료', 'open'],
    ['nicht erledigt', 'open'],
    ['pas terminé', 'unknown'],
    ['not done', 'open'],
    ['no iniciado', 'open'],
    ['не сделано', 'open'],
    ['partially done', 'open'],
    ['Done (kubectl, needs TF)', 'open'],
    ['Done, docs pending', 'open'],
    ['Done — needs no follow-up', 'closed'],
    ['Done until #49', 'closed'],
    ['✅ Done', 'closed'],
    ['✅', 'closed'],
    ['❌', 'open'],
    ["❌ Won't do", 'closed'],
    ['⚠️ Done', 'unknown'],
    ['[x]', 'closed'],
    ['[ ]', 'open'],
    ['**TODO**', 'open'],
    ['IN_PROGRESS', 'open'],
    ['To-Do', 'open'],
    ['n/a', 'closed'],
    ['Decided-to-adopt', 'unknown'],
    ['https://example.org/12', 'unknown'],
    ['2026-03-01', 'unknown'],
    ['Shipped in v2', 'closed'],
    ['staged, awaiting a cold start', 'open'],
  ])('%s is %s', (status, state) => {
    const { todos } = parsePostMortem(`## Action items\n\n| Action | Status |\n|---|---|\n| Add an alert | ${status} |\n`, 'x.md');
    expect(todos.map((todo) => todo.state)).toEqual([state]);
  });
});
