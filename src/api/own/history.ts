import type { Context } from 'hono'
import * as v from 'valibot'
import type { PastChange, Version } from '../../ledger/index.ts'
import { MAX_PUSH_BYTES, MAX_REASON_CHARS } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'
import { object, parse } from '../../schema.ts'
import { issuesOf } from '../../schema-issues.ts'
import type { ApiEnv } from '../access.ts'
import { json, problem } from '../replies.ts'
import { authorOf } from '../requests.ts'
import { conditionOf } from './conditions.ts'
import { bodyOf, JSON_TYPE } from './media.ts'
import { changedReply, timeText, versionJson } from './replies.ts'
import { zoneOf } from './zone-path.ts'

/** `GET …/history`: the changes that are kept, the newest first; those of a deleted zone, too. */
export async function historyRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'read-zone')
  if (!zone.ok) return zone.error
  const { origin } = zone.value
  const versions = await c.env.ledgers.zone(origin).history()
  if (versions.length === 0) return problem(404, `there is no zone ${origin}, and no change of one that is kept`)
  return json(200, { changes: versions.map(versionJson) })
}

/** `GET …/history/<id>`: a change, with the documents before and after it, and their difference as zone files. */
export async function pastRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'read-zone')
  if (!zone.ok) return zone.error
  const { origin } = zone.value
  const text = c.req.param('id') ?? ''
  if (!/^\d{1,15}$/.test(text)) return problem(400, `"${text.slice(0, 40)}" is not a change; expected its number`)
  const past = await c.env.ledgers.zone(origin).past(Number(text))
  if (!past) return problem(404, `the zone ${origin} has no change ${text} that is kept; expected one of its history`)
  return json(200, await pastJson(past))
}

async function pastJson({ version, before, after }: PastChange) {
  const { zoneDiff } = await import('./zone-file.ts')
  const diff = zoneDiff({ text: before, label: 'before' }, { text: after, label: labelOf(version) })
  return {
    ...versionJson(version),
    published: timeText(version.published),
    before: before === null ? null : (JSON.parse(before) as unknown),
    after: after === null ? null : (JSON.parse(after) as unknown),
    // Too many differences to tell them one by one.
    diff: diff ?? null,
  }
}

const labelOf = ({ id, serial, hash }: Version): string =>
  hash === '' ? `change ${id}, no zone` : `change ${id}, serial ${serial}`

const NUMBER = 'expected the number of a change, as in the history'
const rollbackSchema = object({
  to: v.pipe(v.number(NUMBER), v.safeInteger(NUMBER), v.minValue(0, NUMBER)),
  reason: v.optional(
    v.pipe(v.string('expected text'), v.maxLength(MAX_REASON_CHARS, `expected at most ${MAX_REASON_CHARS} characters`)),
  ),
})

/** `POST …/rollback`: makes the zone what a change left; that is a new change. */
export async function rollbackRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'write-zone')
  if (!zone.ok) return zone.error
  const condition = conditionOf(c)
  if (!condition.ok) return problem(400, condition.error)
  const body = await bodyOf(c, [JSON_TYPE], MAX_PUSH_BYTES)
  if (!body.ok) return body.error
  const asked = rollbackOf(body.value.text)
  if (!asked.ok) return problem(422, asked.error)
  const { to, reason } = asked.value
  // A reader of the history has to see where a version comes from.
  const author = { reason: `roll-back to change ${to}`, ...authorOf(c), ...(reason && { reason }) }
  return changedReply(
    await c.env.ledgers.zone(zone.value.origin).change({ kind: 'rollback', to }, author, condition.value),
  )
}

function rollbackOf(text: string): Result<v.InferOutput<typeof rollbackSchema>> {
  const value = parsedJson(text)
  if (!value.ok) return err(`the body is not JSON: ${value.error}; expected { "to": 12 }, the number of a change`)
  const parsed = parse(rollbackSchema, value.value, {})
  if (parsed.ok) return ok(parsed.value)
  const [first] = issuesOf(parsed.error)
  return err([first?.path.join('.'), first?.message].filter((part) => part).join(': '))
}

/** The error says where the text breaks off from JSON. */
function parsedJson(text: string): Result<unknown> {
  try {
    return ok(JSON.parse(text))
  } catch (error) {
    return err((error as Error).message)
  }
}
