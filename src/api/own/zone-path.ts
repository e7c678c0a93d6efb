import type { Context } from 'hono'
import { formatName, type Name, parseName, ROOT } from '../../dns/index.ts'
import { MAX_NAME_BYTES } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ApiEnv } from '../access.ts'
import { problem } from '../replies.ts'
import { forbidden } from '../requests.ts'

/** The zone of a request. `origin` is absolute, in lower case, with the final dot. */
export type PathZone = { readonly origin: string; readonly name: Name }

/**
 * Reads the zone in the path, in any letter case, with or without the final dot, and asks if the key may do that with
 * it.
 * @returns the problem: 400 or 403
 */
export function zoneOf(c: Context<ApiEnv>, kind: 'read-zone' | 'write-zone'): Result<PathZone, Response> {
  const text = zoneSegment(c.req.url)
  if (text === undefined) {
    return err(problem(400, 'the zone in the path is not percent-encoded UTF-8; expected % and two hexadecimal digits'))
  }
  const zone = parseOrigin(text)
  if (!zone.ok) return err(problem(400, zone.error))
  const refused = forbidden(c, { kind, origin: zone.value.origin })
  return refused ? err(refused) : zone
}

/** Returns the text behind `/api/v1/zones/`, decoded once; undefined if its encoding is not valid. */
function zoneSegment(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url).pathname.split('/')[4] ?? '')
  } catch {
    return undefined
  }
}

/**
 * Reads a zone as people write it, in any letter case, with or without the final dot; `=2E` is the root, as in
 * PowerDNS.
 */
export function parseOrigin(text: string): Result<PathZone> {
  const most = 4 * MAX_NAME_BYTES
  if (text.length > most) return err(`the zone has ${text.length} characters; expected at most ${most}`)
  if (text === '@') return err('"@" is not a zone; expected one like example.com')
  const parsed = parseName(text === '=2E' ? '.' : text, ROOT)
  if (!parsed.ok) return err(`"${text}" is not a zone: ${parsed.error}`)
  return ok({ origin: formatName(parsed.value.key), name: parsed.value })
}
