import { type Name, type NameKey, RCODE, type Response, type Rrset, TYPE } from '../dns/index.ts'
import type { PolicyRrset, Zone } from './zone.ts'

/**
 * An ALIAS on the way, and those that it led to.
 * @property zone of the first one's owner
 * @property from where in the answer that begins which is told as that owner's
 * @property ttl the smallest of theirs
 */
export type Aliased = {
  readonly owner: Name
  readonly zone: Zone
  readonly from: number
  readonly owners: readonly NameKey[]
  readonly ttl: number
}

/**
 * The addresses at the end of the chain, as the ALIAS's owner has them. The owner exists, whether its target does or not.
 * @param holds the smallest TTL on the way that follows health: that there are none holds no longer
 */
export function flattened(
  { owner, zone, from, ttl }: Aliased,
  { rcode, answer }: Response,
  holds: number,
): Pick<Response, 'rcode' | 'answer' | 'authority'> {
  const chain = answer.slice(from)
  const last = chain.at(-1)
  const before = answer.slice(0, from)
  if (rcode !== RCODE.NOERROR || !last || last.type === TYPE.CNAME) {
    return { rcode: RCODE.NOERROR, answer: before, authority: [negativeFor(zone, holds)] }
  }
  const least = chain.reduce((smallest, rrset) => Math.min(smallest, rrset.ttl), ttl)
  return { rcode, answer: [...before, { ...last, owner, ttl: least }], authority: [] }
}

/** That there is nothing, for no longer than `holds` seconds. */
const negativeFor = ({ negative }: Zone, holds: number): Rrset =>
  holds < negative.ttl ? { ...negative, ttl: holds } : negative

/** That health left nothing holds no longer than an answer would. */
export const negativeWhile = (zone: Zone, { leastTtl }: PolicyRrset, ttl: number): Rrset =>
  leastTtl === undefined ? zone.negative : negativeFor(zone, ttl)
