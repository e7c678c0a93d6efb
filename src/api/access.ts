import type { Key, KeyStorage, Operation } from '../keys/index.ts'
import type { Ledgers } from '../ledger/index.ts'
import type { HealthCalls } from './health/calls.ts'
import type { Served } from './served.ts'

/** The key of a request, and what it may do. */
export type Access = {
  readonly key: Key
  /** Returns undefined if the key may do it, else the reason: what the key may do instead. */
  refusal(operation: Operation): string | undefined
}

/** The sender of a request. `off`: the API has no key at all. `refused`: a known sender who may not come in here. */
export type Sender =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'off' | 'unkeyed' | 'wrong' }
  | { readonly kind: 'refused'; readonly status: 401 | 403; readonly why: string }

/** The settings of Cloudflare Access, which signs who a person is. One object serves all requests. */
export type AccessTokens = {
  /** The host of the team: `example.cloudflareaccess.com`. */
  readonly team: string
  /** The audience tag of the application. */
  readonly audience: string
  /** The people who may do everything; the others may read. */
  readonly admins: Admins
  /** Reads the team's keys. */
  readonly fetch: (url: string, options: RequestInit) => Promise<Response>
}

/** People by their addresses in lower case, by the names of their groups, and service tokens by their client ids. */
export type Admins = {
  readonly emails: readonly string[]
  readonly groups: readonly string[]
  readonly tokens: readonly string[]
}

/** The environment of the API, for one request: its keys, and the calls about health. */
export type KeyedEnv = {
  readonly Bindings: {
    /** The first key; undefined: it is not set. */
    readonly apiKey: string | undefined
    readonly keys: KeyStorage
    /** The settings of Cloudflare Access; undefined: it is not in use. */
    readonly people: AccessTokens | undefined
    /**
     * The key of a sender whom the caller knows already: that of a session of the console. The request is not asked
     * then.
     */
    readonly known?: Key
    readonly health: HealthCalls
  }
  /** Set by the middleware that knows the sender: every route but OPTIONS and those of agents has it. */
  readonly Variables: { readonly access: Access }
}

/** The environment of the API's routes about zones. */
export type ApiEnv = {
  readonly Bindings: KeyedEnv['Bindings'] & { readonly ledgers: Ledgers; readonly served: Served }
  readonly Variables: KeyedEnv['Variables']
}
