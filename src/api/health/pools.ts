import type { Context } from 'hono'
import { overrideText } from '../../health/index.ts'
import { MAX_API_POOLS } from '../../limits.ts'
import { type PoolReport, poolReports } from '../../policy/index.ts'
import type { ApiEnv } from '../access.ts'
import { json, problem } from '../replies.ts'
import { forbidden } from '../requests.ts'

/** `GET /api/v1/pools`: the pools of all zones, or of one, as answers go by them now. */
export async function poolsRoute(c: Context<ApiEnv>): Promise<Response> {
  const refused = forbidden(c, { kind: 'read-health' })
  if (refused) return refused
  const zone = c.req
    .query('zone')
    ?.toLowerCase()
    .replace(/(?<=.)\.$/, '')
  const shapes = await c.env.health.pools()
  const health = await c.env.served.ask(({ health }) => health, { health: true })
  if (!health.ok) return problem(503, `${health.error}; try again`)
  const pools: object[] = []
  let leftOut = 0
  for (const [origin, ofZone] of shapes) {
    if (zone !== undefined && origin !== zone) continue
    for (const report of poolReports(ofZone, health.value)) {
      if (pools.length < MAX_API_POOLS) pools.push(told(origin, report))
      else leftOut++
    }
  }
  return json(200, { pools, ...(leftOut > 0 && { leftOut }) })
}

const told = (zone: string, { forced, isUp, isUnknown, ...report }: PoolReport) => ({
  ...{ zone, ...report, up: isUp, unknown: isUnknown },
  ...(forced && { forced: overrideText(forced) }),
})
