import { err, ok, type Result } from '../../result.ts'
import { documentOf, pieceKeys, zoneKey } from '../../store/index.ts'
import type { PublishKv } from './kv.ts'

/**
 * Reads the document that stands under a zone's key, whole, whoever put it there. Nothing of it is validated.
 * @param origin as in `zoneKey`
 */
export async function readDocument(kv: PublishKv, origin: string): Promise<Result<unknown>> {
  const text = await kv.get(zoneKey(origin))
  if (!text.ok) return err(`the zone could not be read: ${text.error}`)
  if (text.value === undefined) return err(`KV has no zone ${origin}.; expected a published one`)
  const keys = pieceKeys(text.value)
  const pieces = keys.length > 0 ? await kv.getAll(keys) : ok(new Map<string, string>())
  return pieces.ok ? documentOf(text.value, pieces.value) : err(`the zone could not be read: ${pieces.error}`)
}
