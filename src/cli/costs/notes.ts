import { MAX_KEPT_ZONE_BYTES } from '../../limits.ts'
import { octetsText } from '../octets-text.ts'
import type { CostedProbe, ZoneCosts } from './costs.ts'
import { PLANS, type PlanFigures } from './plans.ts'

/** A limit that is passed. One of the free plan alone is advice: it is nothing to who pays. */
type CostNote = { readonly severity: 'warning' | 'advice'; readonly message: string }

/** KV has the compiled zone that counts, and the one before. */
const VERSIONS = 2

/** Returns the limits that a zone passes by itself. */
export function zoneNotes({ octets, loadMs, kvWrites }: ZoneCosts): CostNote[] {
  const kept = octetsText(MAX_KEPT_ZONE_BYTES)
  const cut: CostNote = {
    severity: 'advice',
    message: `the compiled zone has ${octetsText(octets)}; an isolate keeps ${kept} of it, and reads other parts again when they are asked for`,
  }
  return [
    ...(octets > MAX_KEPT_ZONE_BYTES ? [cut] : []),
    ...passed('cpuMs', loadMs, (max) => [
      `a new isolate takes about ${Math.ceil(loadMs)} ms of CPU to read what it needs of the zone`,
      `${max} ms`,
    ]),
    ...passed('kvWrites', kvWrites, (max) => [
      `the first publishing of the zone takes ${kvWrites} KV writes`,
      `${max} a day`,
    ]),
    ...passed('kvOctets', VERSIONS * octets, (max) => [
      `${VERSIONS} versions of the compiled zone take ${octetsText(VERSIONS * octets)} of KV`,
      octetsText(max),
    ]),
  ]
}

/** Returns the limits that the checks of all zones pass. A round of probes is a minute, or more often. */
export function probeNotes(probes: readonly CostedProbe[]): CostNote[] {
  const distinct = new Map(probes.map(({ id, interval }) => [id, interval]))
  let due = 0
  for (const interval of distinct.values()) due += Math.min(1, 60 / interval)
  return passed('probes', due, (max) => [
    `${Math.round(due)} targets are due in a minute`,
    `${max}`,
    ': longer intervals, regions or agents make up for it',
  ])
}

/** @param text what is the case, what was expected of the plan, and what helps */
function passed(
  figure: keyof PlanFigures,
  value: number,
  text: (max: number) => readonly [fact: string, limit: string, advice?: string],
): CostNote[] {
  const plan = value > PLANS.paid[figure] ? 'paid' : value > PLANS.free[figure] ? 'free' : undefined
  if (plan === undefined) return []
  const [fact, limit, advice = ''] = text(PLANS[plan][figure])
  const message = `${fact}; expected at most ${limit} on the ${plan} plan${advice}`
  return [{ severity: plan === 'paid' ? 'warning' : 'advice', message }]
}
