import { formatName } from '../dns/index.ts'
import { MAX_API_SEARCH_CHARS, MAX_API_SEARCH_RESULTS } from '../limits.ts'
import { ok, type Result } from '../result.ts'
import type { ZoneDocument } from '../zone/index.ts'
import { zoneIdOf } from './name.ts'
import { clipped, unprocessable } from './refusal.ts'
import { rrsetsOf } from './rrsets-of.ts'
import type { Refusal, Rrset } from './types.ts'
import { ZoneView } from './zone-view.ts'

/** The parameters of search-data. `max` counts the results of each kind. */
export type Search = {
  readonly pattern: string
  readonly max: number
  readonly types: readonly SearchResult['object_type'][]
}

/** A result, with its members in alphabetical order. */
export type SearchResult =
  | { readonly name: string; readonly object_type: 'zone'; readonly zone_id: string }
  | {
      readonly content: string
      readonly disabled: boolean
      readonly name: string
      readonly object_type: 'record'
      readonly ttl: number
      readonly type: string
      readonly zone: string
      readonly zone_id: string
    }
  | {
      readonly content: string
      readonly name: string
      readonly object_type: 'comment'
      readonly type: string
      readonly zone: string
      readonly zone_id: string
    }

const TYPES = ['zone', 'record', 'comment'] as const

/** Reads the parameters of search-data. */
export function parseSearch(parameters: {
  readonly q?: string | undefined
  readonly max?: string | undefined
  readonly object_type?: string | undefined
}): Result<Search, Refusal> {
  const { q = '', max = '100', object_type = '' } = parameters
  if (q.trim() === '') return unprocessable("Query q can't be blank")
  if (q.length > MAX_API_SEARCH_CHARS)
    return unprocessable(`Query q is too long; expected at most ${MAX_API_SEARCH_CHARS} characters`)
  if (!/^\d{1,10}$/.test(max) || Number(max) < 1)
    return unprocessable('Maximum number of entries must be larger than 0')
  const most = Math.min(Number(max), MAX_API_SEARCH_RESULTS)
  if (object_type === '' || object_type === 'all') return ok({ pattern: q, max: most, types: TYPES })
  const type = TYPES.find((one) => one === object_type)
  if (type) return ok({ pattern: q, max: most, types: [type] })
  return unprocessable(
    `object_type must be one of the following options: all, zone, record, comment; found '${clipped(object_type)}'`,
  )
}

/** Searches names and contents, zone by zone. `*` and `?` are wild; without them the whole text has to match. */
export function searchData(documents: Iterable<ZoneDocument>, search: Search): readonly SearchResult[] {
  const pattern = search.pattern.toLowerCase()
  const found = { zone: [], record: [], comment: [] } as { readonly [K in SearchResult['object_type']]: SearchResult[] }
  const isFull = (type: SearchResult['object_type']): boolean =>
    !search.types.includes(type) || found[type].length >= search.max
  const add = (result: SearchResult): void => {
    if (!isFull(result.object_type)) found[result.object_type].push(result)
  }
  for (const document of documents) {
    const zone = formatName(new ZoneView(document).origin.key)
    const zone_id = zoneIdOf(zone)
    if (isMatch(pattern, withoutDot(zone))) add({ name: zone, object_type: 'zone', zone_id })
    if (isFull('record') && isFull('comment')) continue
    for (const { rrset } of rrsetsOf(document))
      for (const result of matchesIn(rrset, pattern, zone, zone_id)) add(result)
  }
  return [...found.zone, ...found.record, ...found.comment]
}

function* matchesIn(rrset: Rrset, pattern: string, zone: string, zone_id: string): Generator<SearchResult> {
  const { name, type, ttl } = rrset
  const isNamed = isMatch(pattern, withoutDot(name))
  for (const { content, disabled } of rrset.records) {
    // PowerDNS's databases have names in contents without the final dot, as people write them.
    const text = content.toLowerCase()
    const isFound = isNamed || isMatch(pattern, text) || (text.endsWith('.') && isMatch(pattern, withoutDot(text)))
    if (!isFound) continue
    yield { content, disabled, name, object_type: 'record', ttl, type, zone, zone_id }
  }
  for (const { content } of rrset.comments) {
    if (!isNamed && !isMatch(pattern, content.toLowerCase())) continue
    yield { content, name, object_type: 'comment', type, zone, zone_id }
  }
}

const withoutDot = (name: string): string => (name === '.' ? name : name.slice(0, -1))

/** Compares a text with a pattern. It goes back to the last star alone, so that it takes at most their product. */
export function isMatch(pattern: string, text: string): boolean {
  let [at, star, from] = [0, -1, 0]
  for (let i = 0; i < text.length; ) {
    const wanted = pattern[at]
    if (wanted === '*') [star, from, at] = [at, i, at + 1]
    else if (wanted !== undefined && (wanted === '?' || wanted === text[i])) [at, i] = [at + 1, i + 1]
    else if (star < 0) return false
    else [at, from, i] = [star + 1, from + 1, from + 1]
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
