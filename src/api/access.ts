import type { Key, Operation } from '../keys/index.ts'
import type { Ledgers } from '../ledger/index.ts'

/** The key of a request, and what it may do. */
export type Access = {
  readonly key: Key
  /** Returns undefined if the key may do it, else the reason: what the key may do instead. */
  refusal(operation: Operation): string | undefined
}

/** The environment of the API's routes, for one request. */
export type ApiEnv = {
  readonly Bindings: { readonly ledgers: Ledgers }
  /** Set by the middleware that knows the sender: every route but OPTIONS has it. */
  readonly Variables: { readonly access: Access }
}
