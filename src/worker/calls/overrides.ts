import type { HealthCalls, HealthReply } from '../../api/index.ts'
import { formatOverrides, parseOverrides } from '../../health/index.ts'
import { hashText, MIN_CACHE_TTL_SECONDS, OVERRIDES_KEY, type WaitUntil } from '../../store/index.ts'
import { allConditions } from '../conditions.ts'
import type { Env } from '../env.ts'
import { snapshotFor } from '../isolate.ts'
import { tellMonitor } from '../monitor-object.ts'
import { failure, reply } from './reply.ts'

/** Returns the overrides in KV, with their tag. */
export async function readOverrides(env: Env): Promise<HealthReply> {
  const text = await storedOverrides(env)
  const parsed = parseOverrides(text)
  if (!parsed.ok) return failure(500, parsed.error)
  return {
    ...{ status: 200, body: JSON.parse(formatOverrides(parsed.value)) },
    headers: { ETag: await etagOf(text) },
  }
}

/** Writes all overrides, if they are still those that the caller knows, and leave no pool without a member. */
export const putOverrides =
  (env: Env, waitUntil: WaitUntil): HealthCalls['putOverrides'] =>
  async (text, isExpected, anyway) => {
    const parsed = parseOverrides(text)
    if (!parsed.ok) return failure(422, `${parsed.error}; nothing was changed`)
    // KV has no transactions: two that ask at the same moment, or far apart in the world, are both let through.
    if (isExpected && !isExpected(await etagOf(await storedOverrides(env)))) return failure(412, CHANGED)
    if (!anyway) {
      const { emptiedPools, emptiedText } = await import('../../api/index.ts')
      const { pools, guards } = await allConditions(env, Date.now(), waitUntil)
      const health = await snapshotFor(env).freshHealth(Date.now(), waitUntil)
      const before = parseOverrides(await storedOverrides(env))
      const emptied = emptiedPools(pools, guards, health, before.ok ? before.value : [], parsed.value)
      if (emptied.length > 0) return failure(409, emptiedText(emptied))
    }
    const written = formatOverrides(parsed.value)
    await env.GSLB.put(OVERRIDES_KEY, written)
    waitUntil(tellMonitor(env, { overrides: written }))
    return reply(200, { overrides: parsed.value.length })
  }

const CHANGED =
  'the overrides are no longer those that If-Match names: somebody has changed them; expected the ETag of what GET ' +
  'answers with now, and your change put to that; nothing was changed'

const storedOverrides = async (env: Env): Promise<string> =>
  (await env.GSLB.get(OVERRIDES_KEY, { type: 'text', cacheTtl: MIN_CACHE_TTL_SECONDS })) ?? '{"overrides":[]}'

/** Returns the tag of the stored text, so that it changes with overrides that were put by hand, too. */
const etagOf = async (text: string): Promise<string> => `"${(await hashText(text)).slice(0, 32)}"`
