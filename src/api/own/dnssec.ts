import type { Context } from 'hono'
import * as v from 'valibot'
import type { KeysChanged } from '../../ledger/index.ts'
import { MAX_KEY_FILE_CHARS } from '../../limits.ts'
import { err, ok, type Result, unreachable } from '../../result.ts'
import { kinds, object, parse } from '../../schema.ts'
import { issuesOf } from '../../schema-issues.ts'
import { type KeyChange, type KeyRefusal, keyStatus } from '../../zone-keys/index.ts'
import type { ApiEnv } from '../access.ts'
import { json, problem } from '../replies.ts'
import { bodyOf, JSON_TYPE } from './media.ts'
import { zoneOf } from './zone-path.ts'

/**
 * `GET …/dnssec`: the keys of a zone, their DS records, what comes next, and what is wrong. Nothing of a private key.
 */
export async function dnssecRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'read-zone')
  if (!zone.ok) return zone.error
  const { origin } = zone.value
  const { ledgers } = c.env
  const [reading, set] = await Promise.all([ledgers.zone(origin).read(), ledgers.keys(origin).keySet()])
  if (!reading) return problem(404, `there is no zone ${origin}`)
  const parent = await ledgers.keys(origin).parent()
  return json(200, await keyStatus(origin.slice(0, -1), set, parent, Date.now()))
}

/** `POST …/dnssec`: changes the keys of a zone. The reply says what was done, and the keys as they are then. */
export async function changeDnssecRoute(c: Context<ApiEnv>): Promise<Response> {
  const zone = zoneOf(c, 'write-zone')
  if (!zone.ok) return zone.error
  const { origin } = zone.value
  const body = await bodyOf(c, [JSON_TYPE], MAX_BODY_BYTES)
  if (!body.ok) return body.error
  const change = changeOf(body.value.text)
  if (!change.ok) return problem(422, change.error)
  const changed = await c.env.ledgers.keys(origin).changeKeys(change.value)
  if (changed.kind === 'refused') return problem(statusOf(changed.refusal), changed.refusal.why)
  return json(200, { told: changed.told, published: changed.isPublished, status: await statusAfter(origin, changed) })
}

const statusAfter = (origin: string, { set }: Extract<KeysChanged, { kind: 'changed' }>) =>
  keyStatus(origin.slice(0, -1), set ?? undefined, undefined, Date.now())

/** Returns the status of a reply to a change that was not made. */
export function statusOf({ kind }: KeyRefusal): number {
  switch (kind) {
    case 'absent':
      return 404
    case 'early':
    case 'conflict':
      return 409
    case 'invalid':
    case 'secret':
      return 422
    default:
      return unreachable(kind)
  }
}

/** A private key and its record in JSON. */
const MAX_BODY_BYTES = 4 * MAX_KEY_FILE_CHARS

const EXPECTED = 'expected a change of keys, like { "kind": "enable" }'
const flag = v.optional(v.boolean('expected true or false'))
const text = v.pipe(
  v.string('expected text'),
  v.maxLength(MAX_KEY_FILE_CHARS, `expected at most ${MAX_KEY_FILE_CHARS} characters`),
)
const SECONDS = 'expected whole seconds, of a week at most'
const dsTtl = v.optional(
  v.pipe(v.number(SECONDS), v.integer(SECONDS), v.minValue(0, SECONDS), v.maxValue(604_800, SECONDS)),
)
const algorithm = v.optional(
  v.picklist([13, 14, 15], 'expected 13 (ECDSAP256SHA256), 14 (ECDSAP384SHA384) or 15 (ED25519)'),
)
const flags = v.picklist([256, 257], 'expected 257 (KSK, or CSK) or 256 (ZSK)')
const id = v.pipe(v.number('expected the number of a key'), v.safeInteger('expected the number of a key'))

const changeSchema = kinds(
  [
    object({ kind: v.literal('enable'), algorithm, isSplit: flag, sha384: flag }),
    object({ kind: v.literal('disable'), isGone: flag, isForced: flag, dsTtl }),
    object({
      kind: v.literal('rollover'),
      role: v.optional(v.picklist(['ksk', 'zsk'], 'expected "ksk" or "zsk"')),
      ...{ isSeen: flag, isForced: flag, dsTtl },
    }),
    object({ kind: v.literal('cancel') }),
    object({ kind: v.literal('import'), text, flags: v.optional(flags), record: v.optional(text) }),
    object({ kind: v.literal('add'), record: text }),
    object({ kind: v.literal('remove'), id }),
  ],
  EXPECTED,
)

function changeOf(text: string): Result<KeyChange> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The engine's message shows a part of the text, which may be a private key.
    return err(`the body is not JSON; ${EXPECTED}`)
  }
  const parsed = parse(changeSchema, value, {})
  if (parsed.ok) return ok(parsed.value as KeyChange)
  const [first] = issuesOf(parsed.error)
  return err([first?.path.join('.'), first?.message].filter((part) => part).join(': '))
}
