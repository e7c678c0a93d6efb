import type { DomainFacts } from './facts.ts'

/** A zone as PowerDNS's remote backend takes it. */
export type Domain = {
  readonly id: number
  readonly zone: string
  readonly kind: 'native' | 'master'
  readonly serial: number
  readonly notified_serial: number
  readonly last_check: number
  readonly masters: readonly string[]
}

/**
 * Returns the number of a zone, which is the same in each isolate: a hash (FNV-1a). It only tells a zone from those
 * above and below it, so that two zones with one number are no trouble.
 * @param origin absolute, in lower case, with the final dot
 */
export function domainId(origin: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < origin.length; at++) hash = Math.imul(hash ^ origin.charCodeAt(at), 0x01000193)
  // A signed number of PowerDNS, above 0.
  return (hash >>> 1 || 1) & 0x7fffffff
}

/** @param facts undefined for a zone of which nothing but its serial is known */
export const domainOf = (origin: string, serial: number, facts?: Pick<DomainFacts, 'isPrimary'>): Domain => ({
  id: domainId(origin),
  zone: origin,
  kind: facts?.isPrimary ? 'master' : 'native',
  serial,
  // PowerDNS asks for the zones to notify of by getUpdatedMasters.
  notified_serial: serial,
  last_check: 0,
  masters: [],
})

/** True for the kind of a zone whose secondaries get NOTIFY. */
export const isPrimaryKind = (kind: string | undefined): boolean => /^(master|primary|producer)$/i.test(kind ?? '')
