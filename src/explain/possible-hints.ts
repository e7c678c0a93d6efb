import type { Name, Rdata, Rrset } from '../dns/index.ts'
import { type Decided, withHints } from '../zone/index.ts'
import { ALWAYS, type Chance } from './chance.ts'

/** A record that an rrset may hold. `ttl` in seconds. */
export type Candidate = { readonly rdata: Rdata; readonly ttl: number; readonly chance: Chance }

/** The addresses that a name may have, and the least TTL that they may have. */
export type PossibleAddresses = Omit<Decided, 'kind'> & { readonly isCertain: boolean }

/**
 * Returns the records of an rrset as they are sent: with their hints, if those are certain. If the combinations may be
 * several, the text keeps `auto`, and no chance is known.
 */
export function withPossibleHints(
  { owner, ttl, rdatas }: Rrset,
  chanceOf: (rdata: Rdata) => Chance,
  addressesOf: (name: Name, type: number) => PossibleAddresses,
): readonly Candidate[] {
  if (!rdatas.some((rdata) => rdata.blank)) return rdatas.map((rdata) => ({ rdata, ttl, chance: chanceOf(rdata) }))
  let isKnown = true
  const filled = rdatas.map((rdata): Candidate => {
    const sent = withHints({ kind: 'decided', rdatas: [rdata], ttl }, owner, (name, type) => {
      const found = addressesOf(name, type)
      isKnown &&= found.isCertain
      return { kind: 'decided', rdatas: found.rdatas, ttl: found.ttl }
    }) as Decided
    return { rdata: sent.rdatas[0] as Rdata, ttl: sent.ttl, chance: chanceOf(rdata) }
  })
  const minTtl = Math.min(...filled.map((record) => record.ttl))
  // The rrset has one TTL, which depends on the records that are in it.
  const isEven = filled.every((record) => record.ttl === minTtl) || filled.every(({ chance }) => chance?.equals(ALWAYS))
  const isDistinct = new Set(filled.map(({ rdata }) => rdata.text)).size === filled.length
  if (isKnown && isEven && isDistinct) return filled.map((record) => ({ ...record, ttl: minTtl }))
  return rdatas.map((rdata) => ({ rdata, ttl: minTtl, chance: null }))
}
