import { healthCalls } from '../../lua/index.ts'
import { patternSize } from '../../re2.ts'
import { err, ok, type Result } from '../../result.ts'
import { CATALOG_KEY, documentKey, parseCatalog, validate } from '../../store/index.ts'
import type { LocalZone } from '../../zone/index.ts'
import type { PublishKv } from './kv.ts'

/** The zones that isolates serve from KV, and the problems of those that cannot be read. */
type PublishedZones = { readonly zones: readonly LocalZone[]; readonly problems: readonly string[] }

/** Reads the documents that the catalog names. If one is missing or not valid, the previous one counts. */
export async function readPublishedZones(kv: PublishKv): Promise<Result<PublishedZones>> {
  const text = await kv.get(CATALOG_KEY)
  if (!text.ok) return err(`the catalog could not be read: ${text.error}`)
  if (text.value === undefined) return err('KV has no catalog; expected published zones')
  const catalog = parseCatalog(text.value)
  if (!catalog.ok) return catalog
  const entries = [...catalog.value.zones]
  const hashes = entries.flatMap(([, { hash, previous }]) => (previous === undefined ? [hash] : [hash, previous]))
  const texts = await kv.getAll(hashes.map(documentKey))
  if (!texts.ok) return texts
  const zones: LocalZone[] = []
  const problems = [...catalog.value.refused].map(([origin, { why }]) => `${origin}. is refused in KV: ${why}`)
  for (const [origin, { hash, previous }] of entries) {
    const zone = [hash, previous].flatMap((one) => {
      const document = one === undefined ? undefined : texts.value.get(documentKey(one))
      const valid = document === undefined ? undefined : validate(document, origin, { healthCalls, patternSize })
      return valid?.ok ? [valid.value] : []
    })[0]
    if (zone) zones.push(zone)
    else problems.push(`${origin}. has no valid document in KV`)
  }
  return ok({ zones, problems })
}
