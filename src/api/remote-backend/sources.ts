import type { Ledgers } from '../../ledger/index.ts'
import type { Rng } from '../../policy/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { Served, ServedZone } from '../served.ts'
import type { KnownFacts } from './facts.ts'
import { originOf } from './parameters.ts'
import type { KnownSigning } from './signing.ts'

/** The sources of the backend's answers. `now` is milliseconds since the epoch. */
export type BackendSources = {
  readonly served: Served
  readonly ledgers: Ledgers
  readonly facts: KnownFacts
  readonly signing: KnownSigning
  /**
   * The reason why the key of the request may not read and write the keys by which PowerDNS signs; undefined: it may.
   */
  readonly signingRefusal: string | undefined
  readonly random: Rng
  readonly now: number
}

/**
 * The result of a call as JSON; false where there is nothing, or the method is not known. `log` is for PowerDNS's log.
 */
type CallResult = { readonly result: unknown; readonly log?: readonly string[] }

/** A call that has no result: the key may not make it, or what it needs is not there. PowerDNS answers SERVFAIL. */
type CallError = { readonly status: 403 | 503; readonly why: string }

export type Answered = Promise<Result<CallResult, CallError>>

export const NOTHING: CallResult = { result: false }

export const unavailable = (why: string) => err({ status: 503 as const, why })

export type Found = Pick<ServedZone, 'serial' | 'hash'> & { readonly origin: string }

/** Finds a published zone by a parameter that names it; undefined for none. */
export async function publishedZone(
  text: unknown,
  { served }: BackendSources,
): Promise<Result<Found | undefined, CallError>> {
  const origin = originOf(text)
  if (origin === undefined) return ok(undefined)
  const zones = await served.published()
  if (!zones.ok) return unavailable(zones.error)
  const zone = zones.value.find((one) => absolute(one.origin) === origin)
  return ok(zone && { origin, serial: zone.serial, hash: zone.hash })
}

/** @param origin as the catalog has it, where the root is empty */
export const absolute = (origin: string): string => `${origin}.`
