import type { Ledgers, Signing, SigningChange, SigningKey, SigningMetadata } from '../../ledger/index.ts'
import { SIGNING_METADATA } from '../../ledger/index.ts'
import { MAX_ORDERED_NAMES, MAX_REMEMBERED_FACTS } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import type { Parameters } from './call.ts'
import { NameOrder } from './name-order.ts'

/**
 * The keys by which PowerDNS signs zones, as they were read last: while a ledger cannot be reached, PowerDNS goes on
 * with the same keys, since an unsigned answer in a signed zone is bogus.
 */
export class KnownSigning {
  private readonly known = new Map<string, Signing>()
  private readonly orders = new Map<string, { readonly hash: string; readonly order: Result<NameOrder> }>()

  /** @returns undefined if there is no such zone @throws if the ledger cannot be read, and never could */
  async of(ledgers: Ledgers, origin: string): Promise<Signing | undefined> {
    try {
      const signing = await ledgers.zone(origin).signing()
      this.known.delete(origin)
      const oldest = this.known.size >= MAX_REMEMBERED_FACTS ? this.known.keys().next().value : undefined
      if (oldest !== undefined) this.known.delete(oldest)
      if (signing) this.known.set(origin, signing)
      return signing
    } catch (error) {
      const before = this.known.get(origin)
      if (before) return before
      throw error
    }
  }

  /** Returns the names of a zone in canonical order, read once for each version; an error for a zone with too many. */
  async orderOf(ledgers: Ledgers, origin: string, hash: string): Promise<Result<NameOrder>> {
    const before = this.orders.get(origin)
    if (before?.hash === hash) return before.order
    const reading = await ledgers.zone(origin).read()
    if (!reading) return err(`there is no zone ${origin}`)
    const document: ZoneDocument = JSON.parse(reading.text)
    const isLarge = Object.keys(document.records).length > MAX_ORDERED_NAMES
    const order: Result<NameOrder> = isLarge ? err(tooManyNames(origin)) : ok(new NameOrder(document))
    this.orders.delete(origin)
    this.orders.set(origin, { hash, order })
    this.dropOldest()
    return order
  }

  /** All orders together have as many names as one may have. */
  private dropOldest(): void {
    const sizeOf = (order: Result<NameOrder>): number => 1 + (order.ok ? order.value.size : 0)
    let names = 0
    for (const { order } of this.orders.values()) names += sizeOf(order)
    for (const [origin, { order }] of this.orders) {
      if (names <= MAX_ORDERED_NAMES || this.orders.size === 1) break
      this.orders.delete(origin)
      names -= sizeOf(order)
    }
  }
}

const tooManyNames = (origin: string): string =>
  `${origin} has more than ${MAX_ORDERED_NAMES} names, too many for NSEC; ` +
  `expected "pdnsutil set-nsec3 ${origin} '1 0 0 -' narrow"`

/**
 * Returns the settings of DNSSEC as metadata. NSEC3 is always narrow (RFC 7129 appendix B): PowerDNS makes up the names
 * around the one that is asked for, and needs no list of all hashes.
 */
export const signingMetadata = ({ metadata }: Signing): Readonly<Record<string, readonly string[]>> => ({
  ...metadata,
  ...(metadata.NSEC3PARAM && { NSEC3NARROW: ['1'] }),
})

/**
 * Reads a change of the keys, or of a setting of DNSSEC; undefined for a call that is none.
 * @param method in lower case
 */
export function signingChangeOf(method: string, parameters: Parameters): SigningChange | undefined {
  const id = numberOf(parameters.id)
  switch (method) {
    case 'adddomainkey': {
      const key = keyOf(parameters.key)
      return key && { kind: 'add', key }
    }
    case 'activatedomainkey':
    case 'deactivatedomainkey':
      return id === undefined ? undefined : { kind: 'set', id, active: method === 'activatedomainkey' }
    case 'publishdomainkey':
    case 'unpublishdomainkey':
      return id === undefined ? undefined : { kind: 'set', id, published: method === 'publishdomainkey' }
    case 'removedomainkey':
      return id === undefined ? undefined : { kind: 'remove', id }
    case 'setdomainmetadata': {
      const name = metadataNameOf(parameters.kind)
      const { value = [] } = parameters
      const isList = Array.isArray(value) && value.every((one) => typeof one === 'string')
      return name && isList ? { kind: 'metadata', name, values: value } : undefined
    }
    default:
      return undefined
  }
}

/** True for the call that takes back that NSEC3 is narrow, which it stays. */
export const widensNsec3 = (change: SigningChange, { metadata }: Signing): boolean =>
  change.kind === 'metadata' &&
  change.name === 'NSEC3NARROW' &&
  metadata.NSEC3PARAM !== undefined &&
  change.values[0] !== '1'

const metadataNameOf = (kind: unknown): SigningMetadata | undefined =>
  SIGNING_METADATA.find((name) => typeof kind === 'string' && kind.toUpperCase() === name)

function keyOf(value: unknown): Omit<SigningKey, 'id'> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { flags, active, published = true, content } = value as Record<string, unknown>
  const number = numberOf(flags)
  if (number === undefined || typeof content !== 'string') return undefined
  return { flags: number, active: isTrue(active), published: isTrue(published), content }
}

export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined
}

const isTrue = (value: unknown): boolean => value === true || value === 1 || value === '1' || value === 'true'
