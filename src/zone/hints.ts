import { type Name, type Rdata, TYPE } from '../dns/query-path.ts'
import type { NeedsZone } from './resolution.ts'

/** The records that an rrset is answered with: none is NODATA. `ttl` in seconds. */
export type Decided = { readonly kind: 'decided'; readonly rdatas: readonly Rdata[]; readonly ttl: number }

export const hasHints = (type: number): boolean => type === TYPE.HTTPS || type === TYPE.SVCB

/**
 * Fills hints that are `auto` with the answer to the question for the addresses: the same client, health and draws
 * decide, and the record is valid for no other client, and no longer. So no client gets around these decisions.
 */
export function withHints(
  decided: Decided,
  owner: Name,
  addressesOf: (name: Name, type: number) => Decided | NeedsZone,
): Decided | NeedsZone {
  if (!decided.rdatas.some((rdata) => rdata.blank)) return decided
  const cached = new Map<string, Decided>()
  const filled = new Map<string, Rdata>()
  let { ttl } = decided
  for (const rdata of decided.rdatas) {
    const { auto } = rdata
    const addresses = new Map<number, readonly Rdata[]>()
    for (const type of auto?.types ?? []) {
      const name = auto?.target ?? owner
      const id = `${type} ${name.key}`
      const found = cached.get(id) ?? addressesOf(name, type)
      if (found.kind === 'needs-zone') return found
      cached.set(id, found)
      addresses.set(type, found.rdatas)
      ttl = Math.min(ttl, found.ttl)
    }
    const sent = auto?.fill(addresses) ?? rdata
    filled.set(sent.text, sent)
  }
  return { kind: 'decided', rdatas: [...filled.values()], ttl }
}
