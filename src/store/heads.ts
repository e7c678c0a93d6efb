import { readHead } from '../zone/query-path.ts'
import type { ZoneEntry } from './catalog.ts'
import { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
import { headKey, originKey, partKey } from './shapes.ts'

/** The call of Workers KV that reads a head. */
export type KvHeads = {
  get(key: string, options: { type: 'arrayBuffer'; cacheTtl: number }): Promise<ArrayBuffer | null>
}

type Head = Extract<ReturnType<typeof readHead>, { ok: true }>['value']

/** Returns a head, or undefined where KV does not have it, not whole, or does not answer. */
async function headOf(kv: KvHeads, hash: string): Promise<Head | undefined> {
  const options = { type: 'arrayBuffer', cacheTtl: MIN_CACHE_TTL_SECONDS } as const
  const octets = await kv.get(headKey(hash), options).catch(() => null)
  const head = octets ? readHead(new Uint8Array(octets)) : undefined
  return head?.ok ? head.value : undefined
}

/** Returns whether the zone of an entry is in KV. Whoever finds the head finds the rest: it is put last. */
export async function headStands(kv: KvHeads, origin: string, { zone, serial, checks }: ZoneEntry): Promise<boolean> {
  const head = await headOf(kv, zone)
  return head?.origin.key === originKey(origin) && head.serial === serial && (head.checks ?? undefined) === checks
}

/** Returns the keys that a head in service names. @param hash of the head, if there is one */
export async function standingParts(kv: KvHeads, hash: string | undefined): Promise<ReadonlySet<string>> {
  const head = hash === undefined ? undefined : await headOf(kv, hash)
  return new Set(head ? [...head.parts, ...(head.checks === null ? [] : [head.checks])].map(partKey) : [])
}
