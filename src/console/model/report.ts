import type { HealthReport, TargetReport } from '../../health/index.ts'
import type { ReceiverReport } from '../../notify/index.ts'
import type { PoolStatus } from '../../policy/index.ts'
import type { StateKind } from '../parts/index.ts'

/** The body of `GET /api/v1/health`, as far as pages show it. */
export type Status = HealthReport & {
  readonly complete: boolean
  readonly problems: readonly string[]
  readonly refused: readonly { readonly origin: string; readonly why: string; readonly since: string }[]
  readonly zones: readonly { readonly origin: string; readonly by?: string }[]
  readonly aliases: readonly { readonly name: string; readonly why?: string }[]
  readonly pools: readonly PoolStatus[]
  /** Receivers of notifications that could not be told. */
  readonly notifications: readonly ReceiverReport[]
  /** Warnings about the keys of signed zones. */
  readonly dnssec: readonly {
    readonly zone: string
    readonly isBroken: boolean
    readonly warnings: readonly string[]
  }[]
}

/** A row of `GET /api/v1/zones`. */
export type ZoneRow = {
  readonly origin: string
  readonly serial: number
  readonly hash: string
  readonly changed: string
  readonly author: string
  readonly published: string
}

/** Returns the words for why a target is as it is, as a vantage point saw it. */
export const whyOf = ({ reports, state }: TargetReport): string =>
  reports.find((report) => report.state === state && report.why !== '')?.why ??
  reports.find(({ why }) => why !== '')?.why ??
  ''

/** Returns the path of the page of a target. */
export const targetPath = ({ check, target }: Pick<TargetReport, 'check' | 'target'>): string =>
  `/console/health/target?${new URLSearchParams({ check, target })}`

/** Returns a target's state as it is shown. */
export function shownState({ state, real, forced, stale, held }: TargetReport): ShownState {
  if (forced) return { kind: 'forced', word: `forced ${forced.force}` }
  if (held) return { kind: 'warn', word: 'down, held up' }
  if (stale) return { kind: 'unknown', word: 'stale' }
  if (real === 'unknown') return { kind: 'unknown', word: 'unknown' }
  return state === 'up' ? { kind: 'up', word: 'up' } : { kind: 'down', word: state }
}

export type ShownState = { readonly kind: StateKind; readonly word: string }

/** Returns the zone that a check is of: the longest whose name it begins with; empty if there is none. */
export const zoneOfCheck = (check: string, zones: Status['zones']): string =>
  zones
    .map(({ origin }) => origin)
    .filter((origin) => check.startsWith(`${origin}/`))
    .sort((a, b) => b.length - a.length)[0] ?? ''
