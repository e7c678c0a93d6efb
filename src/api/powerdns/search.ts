import { MAX_SEARCHED_ZONES } from '../../limits.ts'
import { parseSearch, type Search, type SearchResult, searchData } from '../../rrsets/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import { failure, forbidden, json, refusalReply } from './reply.ts'
import type { ApiContext, Handler, Routes } from './routes.ts'
import { documentOf, readableBy } from './zone-request.ts'

export const searchRoutes = (): Routes => ({ '/api/v1/servers/:server/search-data': { GET: search } })

const search: Handler = async (c) => {
  const refusal = c.var.access.refusal({ kind: 'list-zones' })
  if (refusal !== undefined) return forbidden(refusal)
  const { q, max, object_type } = c.req.query()
  const parsed = parseSearch({ q, max, object_type })
  if (!parsed.ok) return refusalReply(parsed.error)
  const { types, ...rest } = parsed.value
  const zones = (await c.env.ledgers.list()).filter(readableBy(c))
  const named = types.includes('zone') ? searchData(zones.map(bare), { ...rest, types: ['zone'] }) : []
  const inZones = types.filter((type) => type !== 'zone')
  if (inZones.length === 0) return json(200, named)
  if (zones.length > MAX_SEARCHED_ZONES) {
    const few = `expected at most ${MAX_SEARCHED_ZONES} zones that the key may read, or object_type=zone`
    return failure(422, `a search of records would read ${zones.length} zones; ${few}`)
  }
  return json(200, [...named, ...(await searchedIn(c, zones, { ...rest, types: inZones }))])
}

/** A zone of which only the name is known. */
const bare = ({ origin, serial }: { readonly origin: string; readonly serial: number }): ZoneDocument => ({
  origin,
  ttl: 0,
  soa: { mname: '.', rname: '.', serial, refresh: 0, retry: 0, expire: 0, minimum: 0 },
  records: {},
})

/** Zones that are read at once. */
const AT_ONCE = 6

/** Searches zone after zone, until there is enough of each type. A zone that was deleted meanwhile has nothing. */
async function searchedIn(
  { env: { ledgers } }: ApiContext,
  zones: readonly { readonly origin: string }[],
  { max, types, pattern }: Search,
): Promise<readonly SearchResult[]> {
  const found = new Map<SearchResult['object_type'], SearchResult[]>(types.map((type) => [type, []]))
  for (let i = 0; i < zones.length; i += AT_ONCE) {
    const missing = types.filter((type) => (found.get(type)?.length ?? 0) < max)
    if (missing.length === 0) break
    const some = zones.slice(i, i + AT_ONCE)
    const documents = await Promise.all(some.map(({ origin }) => documentOf(ledgers.zone(origin))))
    const there = documents.filter((document) => document !== undefined)
    for (const result of searchData(there, { max, types: missing, pattern }))
      found.get(result.object_type)?.push(result)
  }
  return types.flatMap((type) => found.get(type)?.slice(0, max) ?? [])
}
