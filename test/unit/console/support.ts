import type { Status } from '../../../src/console/model/report.ts'
import type { TargetReport } from '../../../src/health/index.ts'
import type { PoolStatus } from '../../../src/policy/index.ts'

export const NOW = Date.parse('2026-12-01T12:00:00Z')
const MINUTE = 60_000
export const ago = (minutes: number): string => new Date(NOW - minutes * MINUTE).toISOString()

/** A target that is up, as `GET /api/v1/health` tells it. */
export const targetOf = (target: string, more: Partial<TargetReport> = {}): TargetReport => ({
  ...{ check: 'example.com/web', target, kind: 'tcp', interval: 10, from: ['cron'], state: 'up', real: 'up' },
  ...{ stale: false, since: ago(3000), reports: [], ...more },
})

export const downTarget = (target: string, minutes: number, more: Partial<TargetReport> = {}): TargetReport =>
  targetOf(target, { state: 'down', real: 'down', since: ago(minutes), ...more })

export const statusOf = (more: Partial<Status> = {}): Status => ({
  ...{ now: ago(0), vantages: [], overrides: [], targets: [], askedFull: [], guards: [] },
  ...{ complete: true, problems: [], refused: [], zones: [], aliases: [], pools: [] },
  ...{ notifications: [], dnssec: [], ...more },
})

export const poolOf = (pool: string, live: number, members: number, more: Partial<PoolStatus> = {}): PoolStatus => ({
  ...{ zone: 'example.com', pool, kind: 'pool', members, live, up: live > 0, unknown: false, ...more },
})
