import type { Context } from 'hono'
import { MAX_PUSH_BYTES } from '../../limits.ts'
import type { KeyedEnv } from '../access.ts'
import { readText } from '../bodies.ts'
import { isMatch, parseIfMatch } from '../if-match.ts'
import { problem } from '../replies.ts'
import { parsePush } from './push.ts'
import { replied } from './replied.ts'

export async function putOverrides(c: Context<KeyedEnv>): Promise<Response> {
  const expected = parseIfMatch(c.req.header('if-match'))
  if (!expected.ok) return problem(400, expected.error)
  const { value } = expected
  const text = await readText(c, MAX_PUSH_BYTES)
  if (text instanceof Response) return text
  const force = c.req.query('force') ?? 'false'
  if (force !== 'true' && force !== 'false')
    return problem(400, `force=${force.slice(0, 40)} is not valid; expected true`)
  const isExpected = value && ((etag: string) => isMatch(value, etag))
  return replied(await c.env.health.putOverrides(text, isExpected, force === 'true'))
}

export async function push(c: Context<KeyedEnv>): Promise<Response> {
  const text = await readText(c, MAX_PUSH_BYTES)
  if (text instanceof Response) return text
  const entries = parsePush(text)
  return entries.ok ? replied(await c.env.health.push(entries.value)) : problem(422, entries.error)
}
