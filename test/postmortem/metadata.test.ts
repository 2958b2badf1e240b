import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readMetadata } from '../../src/postmortem/metadata.ts';
import { readServices } from '../../src/postmortem/services.ts';
import { readSeverity } from '../../src/postmortem/severity.ts';
import { beginning } from '../../src/postmortem/summary.ts';
import { corpus, corpusIsHere } from './score.ts';

/** What the header says, in short. */
function header(text: string): Record<string, unknown> {
  const { severity, duration, affected, status } = readMetadata(text, 'outage.md');
  return { severity: severity?.label ?? null, minutes: duration?.minutes ?? null, services: affected?.services ?? null, status };
}

const all = { severity: 'SEV2', minutes: 120, services: ['Vault', 'DNS'], status: 'Resolved' };

describe('the header is read in every form people give it', () => {
  test.each([
    ['a table', '# Outage\n\n| Field | Value |\n|---|---|\n| **Severity** | SEV2 |\n| **Duration** | ~2h |\n| **Affected Services** | Vault, DNS |\n| **Status** | Resolved |\n'],
    ['a table whose header row is a field', '# Outage\n\n| Severity | SEV2 |\n|---|---|\n| Duration | 2 hours |\n| Systems | Vault, DNS |\n| Status | Resolved |\n'],
    ['lines with bold names', '# Outage\n\n**Severity:** SEV2\n**Duration**: 2h\n**Affected systems:** Vault, DNS\n**Status:** Resolved\n'],
    ['several names in one line', '# Outage\n\n**Severity:** SEV2 (degraded, queues\nstalled). **Status:** Resolved\n\n- **Duration:** 2h\n- **Services affected:** Vault, DNS\n'],
    ['a list', '# Outage\n\n- **Severity:** SEV2\n- **Duration:** 2h\n- **Impacted services:** Vault, DNS\n- **Status:** Resolved\n'],
    ['plain names', '# Outage\n\nSeverity: SEV2\nDuration: 2h\nAffected services: Vault, DNS\nStatus: Resolved\n'],
    ['front matter', '---\nseverity: SEV2\nduration: 2h\naffected: Vault, DNS\nstatus: Resolved\n---\n\n# Outage\n'],
    ['a section of metadata', '# Outage\n\n## Incident metadata\n\n| Field | Value |\n|---|---|\n| Severity | SEV2 |\n| Duration | 2h |\n| Systems | Vault, DNS |\n| Status | Resolved |\n'],
    ['the section on the impact', '# Outage\n\n**Severity:** SEV2\n**Status:** Resolved\n\n## Summary\n\nIt broke.\n\n## Impact\n\n- **Duration**: 2h\n- **Services affected**: Vault, DNS\n'],
  ])('%s', (_, text) => {
    expect(header(text)).toEqual(all);
  });

  test.each([
    ['German', '**Schweregrad:** Hoch\n**Dauer:** 2 Stunden\n**Betroffene Dienste:** Vault, DNS\n**Status:** behoben\n', 'Hoch'],
    ['French', '**Gravité :** Élevé\n**Durée :** 2 heures\n**Services impactés :** Vault, DNS\n**Statut :** résolu\n', 'Élevé'],
    ['Portuguese', '**Severidade:** Alta\n**Duração do impacto:** ~2 horas\n**Serviços afetados:** Vault, DNS\n**Status:** mitigado\n', 'Alta'],
    ['Spanish', '**Severidad:** Alta\n**Duración:** 2 horas\n**Servicios afectados:** Vault, DNS\n**Estado:** resuelto\n', 'Alta'],
    ['Japanese', '**重大度:** 高\n**期間:** 2時間\n**影響サービス:** Vault、DNS\n**状態:** 解決済み\n', '高'],
  ])('in %s', (_, text, severity) => {
    expect(header(`# X\n\n${text}`)).toMatchObject({ severity, minutes: 120, services: ['Vault', 'DNS'] });
  });

  test('the first value wins, and the story below the header is not searched', () => {
    const text = '# Outage\n\n**Duration:** 2h\n\n## Timeline\n\n**Severity:** SEV1\n\n## Impact\n\n- **Duration:** 9h\n';
    expect(header(text)).toMatchObject({ severity: null, minutes: 120 });
  });

  test('bold words before a colon within a sentence are no field', () => {
    expect(header('# Outage\n\nTheir images had been **swapped**: nothing of **status**: that kind.\n').status).toBeNull();
  });

  test('start and end make a duration where none is stated', () => {
    const text = '# Outage\n\n| Start | 2026-07-24 18:50 JST (first failure) |\n|---|---|\n| End | 2026-07-24 18:59 JST |\n';
    expect(header(text).minutes).toBe(9);
  });

  test('so does the title, where it speaks of being down', () => {
    expect(header('# Blog down ~6 days after the swap\n').minutes).toBe(6 * 1440);
    expect(header('# How we moved 3 days of data\n').minutes).toBeNull();
  });

  test('a duration without a length keeps its words', () => {
    const { duration } = readMetadata('# X\n\n**Duration:** intermittent, all week\n', 'x.md');
    expect(duration).toEqual({ text: 'intermittent, all week', minutes: null });
  });

  test('N/A, TBD and dashes state nothing', () => {
    expect(header('# X\n\n**Severity:** TBD\n**Duration:** N/A\n**Affected:** —\n')).toMatchObject({ severity: null, minutes: null, services: null });
  });
});

describe('a severity', () => {
  test.each([
    ['SEV-3 (GPU workloads unavailable)', 'SEV3', 3],
    ['sev 1', 'SEV1', 1],
    ['P1', 'P1', 1],
    ['S2 - degraded', 'S2', 2],
    ['2', 'SEV2', 2],
    ['🔴 Critical', 'Critical', 1],
    ['High (100% failure rate)', 'High', 2],
    ['KRITISCH', 'Kritisch', 1],
    ['chain halt (liveness), no loss of funds', 'chain halt', null],
  ])('%s is %s', (text, label, rank) => {
    expect(readSeverity(text)).toEqual({ label, rank, text });
  });
});

describe('services', () => {
  test('are told from amounts, groups and sentences around them', () => {
    expect(readServices('48+ pods across 20+ namespaces. DNS (all instances), Vault, Uptime Kuma, and more')).toEqual(['DNS', 'Vault', 'Uptime Kuma']);
    expect(readServices('All external ingress: nextcloud, vault and every other proxied app.')).toEqual(['nextcloud', 'vault']);
    expect(readServices('None (test)')).toEqual([]);
    expect(readServices('PostgreSQL backend itself was healthy during all of it')).toEqual([]);
  });

  test('are named once, whatever their case', () => {
    expect(readServices('Vault, vault, VAULT')).toEqual(['Vault']);
  });
});

describe('the summary', () => {
  const summary = (text: string): string | null => readMetadata(text, 'x.md').summary;

  test('is the first sentence of the summary section, or two short ones', () => {
    expect(summary('# X\n\nIntro that is long enough to count as text.\n\n## 1. Summary\n\nThe disk of the **main** host filled. Then `etcd` stopped, and everything with it. A third one.\n')).toBe(
      'The disk of the main host filled. Then etcd stopped, and everything with it. A third one.',
    );
  });

  test('is taken from the impact, or from the first paragraph, where there is no summary', () => {
    expect(summary('# X\n\n## Impact\n\n- All logins failed for an hour and nobody noticed.\n')).toBe('All logins failed for an hour and nobody noticed.');
    expect(summary('# X\n\n**Date:** 2026-01-01\n\nAll logins failed for an hour and nobody noticed.\n')).toBe('All logins failed for an hour and nobody noticed.');
    expect(summary('# X\n')).toBeNull();
  });

  test('ends at a sentence, not at an abbreviation or a version', () => {
    expect(beginning('Traffic to v1.2.3 (e.g. The blog) stopped. It came back after the restart of the node at noon. Nobody knows why it did so.')).toBe(
      'Traffic to v1.2.3 (e.g. The blog) stopped. It came back after the restart of the node at noon.',
    );
  });

  test('is cut between words when a sentence has no end', () => {
    const cut = beginning(`${'word '.repeat(100)}end`);
    expect(cut).toMatch(/^(?:word )*word…$/);
    expect(cut.length).toBeLessThanOrEqual(240);
  });
});

describe.skipIf(!corpusIsHere)('headers of real post-mortems (skipped where ../shared/corpus is absent)', () => {
  /** Severity and minutes as a person reads them. */
  const read: readonly (readonly [file: string, severity: string | null, minutes: number | null])[] = [
    ['2026-03-16-nfs-csi-cascade-failure', 'SEV1', 2820],
    ['2026-04-14-nfs-fsid0-dns-vault-outage', 'SEV1', 300],
    ['2026-04-14-postmortem-pipeline-test', 'SEV3', null],
    ['2026-04-18-authentik-outpost-shm-full', 'SEV2', 2640],
    ['2026-04-19-registry-orphan-index', 'SEV2', 40],
    ['2026-04-22-vault-raft-leader-deadlock', 'SEV1', 163],
    ['2026-05-09-io-pressure-stale-nfs', 'SEV3', null],
    ['2026-05-16-kured-stalled-and-anubis-ha', 'SEV3', 8640],
    ['2026-05-17-nfs-csi-keel-upgrade-master-port-conflict', 'SEV3', 120],
    ['2026-05-25-immich-anca-elements-io-storm', 'SEV2', 540],
    ['2026-05-30-redis-split-brain', 'SEV2', null],
    ['2026-05-31-kured-sentinel-gate-oom', 'SEV4', 2107],
    ['2026-06-01-cloudflared-stale-traefik-origin', 'SEV1', null],
    ['2026-06-10-forgejo-retention-orphaned-indexes', null, null],
    ['2026-06-10-tuya-bridge-forgejo-pull-hairpin', null, 450],
    ['2026-07-18-sofia-power-outage-unclean-shutdown', 'SEV1', 229],
    ['2026-08-16-actualbudget-bank-sync-reimport-loop', 'SEV3', null],
  ];

  test.each(read)('%s: %s, %s minutes', (file, severity, minutes) => {
    const metadata = readMetadata(readFileSync(new URL(`infra/docs/${file}.md`, corpus), 'utf8'), `${file}.md`);
    expect({ severity: metadata.severity?.label ?? null, minutes: metadata.duration?.minutes ?? null }).toEqual({ severity, minutes });
    expect(metadata.summary).not.toBeNull();
  });
});
