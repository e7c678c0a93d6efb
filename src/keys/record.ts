import * as v from 'valibot'
import { parseTtl } from '../dns/index.ts'
import { MAX_KEY_NAME_CHARS, MAX_SCOPES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { object } from '../schema.ts'
import { parseTime } from '../time.ts'
import type { Key } from './key.ts'
import { formatScope, parseScopes } from './scope.ts'

/** A key as KV has it: with the hash of its secret, in hexadecimal. */
export type StoredKey = Key & { readonly hash: string }

/** A key as replies and commands show it. Times are ISO 8601. */
export type ShownKey = {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly created?: string
  readonly ends?: string
}

/** The fields of a new key. `ends` is in milliseconds since the epoch. */
export type NewKey = Pick<Key, 'name' | 'scopes' | 'ends'>

/** The name and the id of the secret `API_KEY`, which is the first key. */
export const FIRST_KEY = 'API_KEY'

export const firstKey: Key = { id: FIRST_KEY, name: FIRST_KEY, scopes: [{ kind: 'everything' }], created: 0 }

/** Names stand in lines of the log and in messages. */
const NAME = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,${MAX_KEY_NAME_CHARS - 1}}$`)
const NAME_EXPECTED = `expected 1 to ${MAX_KEY_NAME_CHARS} letters, digits and . _ @ + -`

function parseKeyName(text: string): Result<string> {
  if (text === FIRST_KEY) return err(`"${FIRST_KEY}" is the name of the first key; expected another one`)
  return NAME.test(text) ? ok(text) : err(`the name of the key is not valid; ${NAME_EXPECTED}`)
}

/**
 * Parses the end of a key.
 * @param text a time like `2027-01-31T00:00:00Z`, or a duration from now like `90d`
 * @param now milliseconds since the epoch
 */
export function parseEnds(text: string, now: number): Result<number> {
  const expected = 'expected a time like 2027-01-31T00:00:00Z, or a duration like 90d'
  const at = parseTime(text)
  const length = at === undefined && /[a-z]$/i.test(text) ? parseTtl(text) : undefined
  const ends = length?.ok ? now + length.value * 1000 : at
  if (ends === undefined) return err(`the end of the key is not valid; ${expected}`)
  return ends > now ? ok(ends) : err('the end of the key is not in the future; expected a later time')
}

const scopes = v.pipe(
  v.array(v.string('expected text'), 'expected a list of scopes'),
  v.maxLength(MAX_SCOPES, `expected at most ${MAX_SCOPES} scopes`),
)

const newKeySchema = object({
  name: v.string('expected a name'),
  scopes,
  ends: v.optional(v.nullable(v.string('expected a time or a duration'))),
})

/** Parses `{"name", "scopes": ["read"], "ends": "90d"}`. @param now milliseconds since the epoch */
export function parseNewKey(input: unknown, now: number): Result<NewKey> {
  const parsed = v.safeParse(newKeySchema, input)
  if (!parsed.success) return err(messageOf(parsed.issues))
  const name = parseKeyName(parsed.output.name)
  if (!name.ok) return name
  const allowed = parseScopes(parsed.output.scopes)
  if (!allowed.ok) return allowed
  const ends = parsed.output.ends == null ? ok(undefined) : parseEnds(parsed.output.ends, now)
  return ends.ok ? ok({ name: name.value, scopes: allowed.value, ends: ends.value }) : ends
}

const storedSchema = object({
  id: v.string(),
  name: v.string(),
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected SHA-256 in hexadecimal')),
  scopes,
  created: v.string(),
  ends: v.optional(v.string()),
})

/** Parses the value of `key:<id>`. */
export function parseStoredKey(text: string): Result<StoredKey> {
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch {
    return err('the key is not JSON')
  }
  const parsed = v.safeParse(storedSchema, input)
  if (!parsed.success) return err(`the key is not valid: ${messageOf(parsed.issues)}`)
  const { id, name, hash, created, ends } = parsed.output
  const allowed = parseScopes(parsed.output.scopes)
  if (!allowed.ok) return allowed
  const [since, until] = [parseTime(created), ends === undefined ? undefined : parseTime(ends)]
  // A key with an end that cannot be read must not last for ever.
  if (since === undefined || (ends !== undefined && until === undefined))
    return err('the key is not valid: expected times like "2027-01-31T00:00:00.000Z"')
  return ok({ id, name, hash, scopes: allowed.value, created: since, ends: until })
}

export const formatStoredKey = (key: StoredKey): string => JSON.stringify({ ...shownKey(key), hash: key.hash })

export const shownKey = ({ id, name, scopes, created, ends }: Key): ShownKey => ({
  ...{ id, name, scopes: scopes.map(formatScope) },
  // The Worker does not know since when it has its secret.
  ...(id !== FIRST_KEY && { created: new Date(created).toISOString() }),
  ...(ends !== undefined && { ends: new Date(ends).toISOString() }),
})

function messageOf([issue]: readonly v.BaseIssue<unknown>[]): string {
  const at = issue?.path?.map((item) => String(item.key)).join('.')
  return `${at ? `${at}: ` : ''}${issue?.message ?? 'expected a key'}`
}
