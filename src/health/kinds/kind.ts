import type * as v from 'valibot'
import type { KindSchema } from '../../schema.ts'
import type { Common, Expected, Probed } from '../check-fields.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Times } from '../times.ts'

/** The fields that all probed checks have, with the kind. */
export type ProbedAs<K extends string> = Common & Probed & { readonly kind: K }

/**
 * Everything that author time needs of a kind of check. `D` is the check as a zone document writes it, `A` the request
 * that is made of it. Optional members have a default that suits most kinds.
 */
export type CheckKind<D, A> = {
  /** The schema of its fields. */
  readonly schema: KindSchema & v.GenericSchema<unknown, D>
  /** Returns the port of a target that names none; 0 is a check without a port. */
  defaultPort(document: D): number
  /**
   * Returns the request to a target. The order of its fields is part of a probe's identity.
   * @param check the check's name with its zone
   */
  actionOf(document: D, endpoint: Endpoint, check: string): A
  /** Returns the error of fields that are valid one by one, but not together. */
  contradiction?(document: D): string | undefined
  /** Returns the error of a check that is valid, but not for this target or in this position. */
  refusal?(document: D, use: Use): string | undefined
  /** Returns the text or pattern that a probe searches for. */
  searched?(of: D | A): Expected | undefined
  /** Returns the number of octets that it searches. The default is those of a conversation. */
  searchedOctets?(document: D): number
  /** Returns times and rules, if they are not the fields of a probed check. */
  times?(document: D): Times
  /** Returns the seconds after which a state is stale, if the check says so itself. */
  staleAfter?(document: D): number | undefined
  /** Formats the request for people, where the kind alone says too little: `http GET /health`. */
  summary?(action: A): string
  /** Set if its targets have no port, not even one that a record leads to. */
  readonly isPortless?: true
  /** Set if a script may compute such a check out of a query. */
  readonly isForQueries?: true
}

/** The use of a check: for a target, written out (`isInline`) or by its name in the zone's `checks`. */
export type Use = { readonly endpoint: Endpoint; readonly isInline: boolean }
