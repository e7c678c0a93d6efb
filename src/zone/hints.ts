import { autoHints, fillHints, type Name, type Rdata, TYPE } from '../dns/index.ts'
import type { NeedsZone } from './resolution.ts'

/** What a policy came to: no records is NODATA. `ttl` in seconds. */
export type Decided = { readonly rdatas: readonly Rdata[]; readonly ttl: number }

export const hasHints = (type: number): boolean => type === TYPE.HTTPS || type === TYPE.SVCB

/**
 * Hints that are `auto` are what the question for the addresses would be answered with: the same client, health and
 * draws of chance decide, and the record holds for nobody else, and no longer. So no client gets around them.
 */
export function withHints(
  { rdatas, ttl }: Decided,
  owner: Name,
  addressesOf: (name: Name, type: number) => Decided | NeedsZone,
): Decided | NeedsZone {
  if (!rdatas.some((rdata) => rdata.blank)) return { rdatas, ttl }
  const known = new Map<string, Decided>()
  const filled = new Map<string, Rdata>()
  let least = ttl
  for (const rdata of rdatas) {
    const auto = autoHints(rdata)
    const addresses = new Map<number, readonly Rdata[]>()
    for (const type of auto?.types ?? []) {
      const name = auto?.target ?? owner
      const id = `${type} ${name.key}`
      const found = known.get(id) ?? addressesOf(name, type)
      if ('kind' in found) return found
      known.set(id, found)
      addresses.set(type, found.rdatas)
      least = Math.min(least, found.ttl)
    }
    const sent = fillHints(rdata, addresses)
    filled.set(sent.text, sent)
  }
  return { rdatas: [...filled.values()], ttl: least }
}
