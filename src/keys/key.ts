/**
 * A named key of the control plane. `scopes` is what it may do; `ends` is when it stops to, in milliseconds since the
 * epoch.
 */
export type Key = {
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly created: number
  readonly ends?: number | undefined
}

/**
 * A permission of a key. Names are absolute, in lower case, with the final dot. A key with several scopes may do what
 * any of them allows.
 *
 * | scope | allows |
 * |---|---|
 * | `everything` | all routes, the keys included |
 * | `read` | reading everything but keys |
 * | `zone` | reading and writing one zone, its history and its deletion included |
 * | `name` | reading the zone around it, and writing rrsets of exactly this name |
 * | `suffix` | reading the zone around it, and writing rrsets at this name and below |
 * | `acme` | reading the zone around it, and writing TXT at `_acme-challenge.<name>` |
 * | `health` | pushing states of targets, and reading health |
 * | `resolve` | DNS over HTTPS as a client with a token: forwarding, and zones that are not public |
 * | `pdns` | all that `read` allows, and the keys by which PowerDNS signs zones |
 */
export type Scope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'read' }
  | { readonly kind: 'health' }
  | { readonly kind: 'resolve' }
  | { readonly kind: 'pdns' }
  | { readonly kind: 'zone' | 'name' | 'suffix' | 'acme'; readonly name: string }

/** An operation that a key is asked for. `origin` and `name` are absolute, in lower case, with the final dot. */
export type Operation =
  | { readonly kind: 'list-zones' }
  | { readonly kind: 'read-zone' | 'write-zone'; readonly origin: string }
  | { readonly kind: 'write-rrset'; readonly origin: string; readonly name: string; readonly type: string }
  | { readonly kind: 'read-answers' }
  /** A DNS query with a token in its path. */
  | { readonly kind: 'resolve' }
  /** Reading bindings, and the names of secrets and variables. */
  | { readonly kind: 'read-deployment' }
  | { readonly kind: 'read-health' | 'push-health' | 'write-overrides' | 'test-notifications' }
  | { readonly kind: 'keys' | 'signing' }
