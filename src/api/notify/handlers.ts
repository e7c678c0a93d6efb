import type { Context } from 'hono'
import { DAY_MS } from '../../calendar.ts'
import { MAX_EVENT_REPLY, MAX_HISTORY_MS, MAX_PUSH_BYTES } from '../../limits.ts'
import type { EventQuery } from '../../notify/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { parseTime } from '../../time.ts'
import type { KeyedEnv } from '../access.ts'
import { readText } from '../bodies.ts'
import { replied } from '../health/replied.ts'
import { problem } from '../replies.ts'

export async function events(c: Context<KeyedEnv>): Promise<Response> {
  const query = queryOf(c)
  return query.ok ? replied(await c.env.health.events(query.value)) : problem(400, query.error)
}

function queryOf(c: Context): Result<EventQuery> {
  const [from, to] = [timeIn(c, 'from'), timeIn(c, 'to')]
  if (!from.ok) return from
  if (!to.ok) return to
  const limit = c.req.query('limit')
  if (limit !== undefined && !(/^\d{1,6}$/.test(limit) && Number(limit) > 0))
    return err(`limit=${limit.slice(0, 40)} is not valid; expected a number from 1 to ${MAX_EVENT_REPLY}`)
  return ok({
    zone: zoneIn(c),
    ...{ target: c.req.query('target'), pool: c.req.query('pool') },
    ...{ from: from.value, to: to.value },
    limit: limit === undefined ? undefined : Number(limit),
  })
}

export async function history(c: Context<KeyedEnv>): Promise<Response> {
  const [zone, target] = [zoneIn(c), c.req.query('target')]
  if (zone === undefined || target === undefined)
    return problem(400, 'the query has no zone or no target; expected ?zone=example.com&target=192.0.2.1:80')
  const [from, to] = [timeIn(c, 'from'), timeIn(c, 'to')]
  if (!from.ok) return problem(400, from.error)
  if (!to.ok) return problem(400, to.error)
  const end = to.value ?? Date.now()
  const begin = from.value ?? end - DAY_MS
  if (begin > end) return problem(400, 'it ends before it begins; expected from before to')
  if (end - begin > MAX_HISTORY_MS)
    return problem(400, `from and to are too far apart; expected at most ${MAX_HISTORY_MS / DAY_MS} days`)
  return replied(await c.env.health.history(zone, target, begin, end))
}

export async function testOne(c: Context<KeyedEnv>): Promise<Response> {
  const text = await readText(c, MAX_PUSH_BYTES)
  if (text instanceof Response) return text
  const receiver = receiverIn(text)
  return receiver === undefined
    ? problem(
        422,
        'the body names no receiver; expected { "receiver": 1 }, a number that GET /api/v1/notifications lists',
      )
    : replied(await c.env.health.testNotification(receiver))
}

function receiverIn(text: string): number | undefined {
  try {
    const { receiver } = JSON.parse(text) ?? {}
    return Number.isSafeInteger(receiver) && receiver > 0 ? receiver : undefined
  } catch {
    return undefined
  }
}

/** Zones are named without the final dot; the root is the dot alone. */
function zoneIn(c: Context): string | undefined {
  const zone = c.req.query('zone')?.toLowerCase()
  return zone === undefined || zone === '.' ? zone : zone.replace(/\.$/, '')
}

/** Reads a time, or undefined if there is none. */
function timeIn(c: Context, name: 'from' | 'to'): Result<number | undefined> {
  const text = c.req.query(name)
  if (text === undefined) return ok(undefined)
  const time = parseTime(text)
  return time === undefined
    ? err(`${name}=${text.slice(0, 40)} is not a time; expected one like 2026-11-22T18:00:00Z`)
    : ok(time)
}
