import { TYPE } from '../../../src/dns/index.ts'
import { probabilities } from '../../../src/explain/index.ts'
import {
  type Checks,
  compileCheck,
  Health,
  liveOverrides,
  type Override,
  type TargetState,
} from '../../../src/health/index.ts'
import type { Expression, Policy } from '../../../src/policy/index.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { address, must } from '../support.ts'
import { policyOf } from './support.ts'

/** `web` is probed, `load` is pushed. */
export const CHECKS: Checks['named'] = {
  web: { kind: 'tcp', port: 80 },
  load: { kind: 'push' },
  slow: { kind: 'tcp', port: 81, interval: 600 },
}
const COMPILED: Checks = { zone: 'example.com', named: CHECKS, stale: { after: 900, policy: 'keep' } }

export const ip = (n: number): string => `192.0.2.${n}`
export const pool = (expression: Expression): Policy => policyOf(expression, TYPE.A, CHECKS)

const NOW = 1_000_000

/** `up`, `down`, `unknown`, and what else is known: what a check says of a target. */
export type Said = TargetState['state'] | Partial<TargetState>

/** By check, and the last number of the target's address. */
export function healthOf(
  said: Readonly<Record<string, Readonly<Record<number, Said>>>>,
  overrides: readonly Partial<Override>[] = [],
): Health {
  const states: Record<string, TargetState> = {}
  for (const [check, targets] of Object.entries(said)) {
    for (const [n, one] of Object.entries(targets)) {
      const condition = must(compileCheck(check, ip(Number(n)), undefined, COMPILED))
      if (condition.kind !== 'probe') throw new Error(check)
      states[condition.probe.id] =
        typeof one === 'string' ? stateOf(one) : stateOf(one.state ?? 'up', { at: NOW, ...one })
    }
  }
  const full = overrides.map((one) => ({ force: 'down', by: 'ada', why: 'a test', ...one }) as Override)
  return new Health([vantageOf('cron', states, NOW), vantageOf('push', states, NOW)], liveOverrides(full), NOW * 1000)
}

/** Health in which the numbers given are down, and the others up. */
export const down = (...numbers: number[]): Health => web({}, numbers)
export const web = (
  said: Readonly<Record<number, Said>>,
  downs: readonly number[] = [],
  overrides: readonly Partial<Override>[] = [],
): Health => {
  const all = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, downs.includes(n) ? 'down' : 'up'] as const))
  return healthOf({ web: { ...all, ...said } }, overrides)
}

/** Lists the answers that a client may get: `1 1/2, 2 1/2`, `NODATA 1`. */
export function chances(policy: Policy, health: Health, client = '192.0.2.77'): string {
  const { records, failure, refused, empty } = probabilities(policy, { client: address(client), health, name: '\0' })
  const rows = [...records].map(([text, chance]) => [Number(text.split('.')[3]), chance] as const)
  const all = [
    ...rows.sort(([a], [b]) => a - b),
    ...([
      ['SERVFAIL', failure],
      ['REFUSED', refused],
      ['NODATA', empty],
    ] as const),
  ]
  return all
    .map(([what, chance]) => [what, chance?.toFraction() ?? '?'] as const)
    .filter(([, chance]) => chance !== '0')
    .map(([what, chance]) => `${what} ${chance}`)
    .join(', ')
}
