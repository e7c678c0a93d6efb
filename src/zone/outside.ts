import type { ExtendedError, Name, Rdata } from '../dns/index.ts'

/**
 * Finds the addresses of a name outside our zones, for an ALIAS. It asks nobody: it has what was found out before.
 * @param type A or AAAA
 * @param isFinal true if nothing is loaded any more
 * @returns undefined if what is known has to be loaded first
 */
export type Outside = (name: Name, type: number, isFinal?: boolean) => OutsideAnswer | undefined

/** The addresses of a name, or the reason why there are none: the end of a sentence that begins with the name. */
export type OutsideAnswer = OutsideAddresses | { readonly why: string }

/** Addresses that an upstream server told. */
type OutsideAddresses = {
  /** None if the name does not exist, or has no addresses of the type. */
  readonly rdatas: readonly Rdata[]
  /** Seconds for which they count from now on. */
  readonly ttl: number
  /** Set if they are older than they should be. */
  readonly ede?: ExtendedError
  /** The host of the upstream server, and the seconds since it told them. */
  readonly from: string
  readonly age: number
}
