import type { CheckDocument } from '../health/index.ts'
import type { Expression, PoolExpression } from '../policy/index.ts'
import type { FoldedName } from '../powerdns/index.ts'
import { groupsOf, listedOf, urlGroupsOf, withoutPorts } from './addresses.ts'
import { alternatives, memberOf } from './alternatives.ts'
import type { Call, Fold } from './call.ts'
import { type HttpOptions, httpOptions, optionsOf } from './check-options.ts'
import { wholeNumber } from './lists.ts'
import { type CheckedUrl, checkedUrl } from './url.ts'
import { describe, type Value } from './value.ts'

/** The functions whose targets are probed. */
export const HEALTH_FOLDS: { readonly [N in FoldedName<'pool'>]: Fold } = {
  ifportup,
  ifurlextup,
  ifurlup,
  pickselfweighted,
}

/** `ifportup(port, addresses[, options])`: the addresses that accept a TCP connection. */
function ifportup([port, addresses, options]: readonly Value[], call: Call): Value | undefined {
  const number = portOf(port as Value, call)
  const groups = groupsOf(addresses as Value, call)
  const read = optionsOf(options, call)
  if (number === undefined || !groups) return undefined
  return alternatives(groups, { kind: 'tcp', port: number, ...read.probing }, read, call)
}

/** `ifurlup(url, addresses[, options])`: the addresses that serve the URL, each asked with the URL's host. */
function ifurlup([url, addresses, options]: readonly Value[], call: Call): Value | undefined {
  const checked = checkedUrl(url as Value, call)
  const groups = groupsOf(addresses as Value, call)
  const read = httpOptions(options, call)
  if (!checked || !groups) return undefined
  return alternatives(withoutPorts(groups, call), pinned(checked, read), read, call)
}

/** `ifurlextup({{[address]=url, …}, …}[, options])`: the addresses whose own URL answers. */
function ifurlextup([list, options]: readonly Value[], call: Call): Value | undefined {
  const groups = urlGroupsOf(list as Value, call)
  const read = httpOptions(options, call)
  if (!groups) return undefined
  const checked = withoutPorts(groups, call).map(({ at, of }) => ({
    at,
    of: of.map(({ url, ...one }) => ({ ...one, at: url.at, check: httpCheck(url, read), target: url.host })),
  }))
  return alternatives(checked, undefined, read, call)
}

/**
 * `pickselfweighted(url, addresses[, options])`: one address by the hash of the client, weighted by the number at the
 * beginning of its page. If none is up, PowerDNS fails, whatever its documentation says.
 */
function pickselfweighted([url, addresses, options]: readonly Value[], call: Call): Value | undefined {
  const checked = checkedUrl(url as Value, call)
  const group = listedOf(addresses as Value, call)
  const read = httpOptions(options, call, 'by weight')
  if (!checked || !group) return undefined
  const members = withoutPorts([group], call).flatMap(({ of }) => of.map((one) => memberOf(one, one.answer, call)))
  const expression: PoolExpression<Expression> = {
    kind: 'pool',
    check: { ...pinned(checked, read), weight: 'body' },
    select: 'weighted-hashed',
    weights: 'reported',
    members,
    whenDown: 'servfail',
  }
  return { is: 'choice', expression: call.context.marked(call.at, expression), by: call.name, at: call.at }
}

function portOf(value: Value, { context }: Call): number | undefined {
  const port = wholeNumber(value)
  if (port !== undefined && port >= 1 && port <= 65_535) return port
  return context.refuse(value.at, `${describe(value)} is not a valid port; expected a whole number from 1 to 65535`)
}

type HttpCheck = Extract<CheckDocument, { kind: 'http' | 'https' }>

/** Makes the check of an address that is given: the URL says how to ask it. */
function pinned(url: CheckedUrl, options: HttpOptions): HttpCheck {
  const check = httpCheck(url, options)
  return { ...check, host: url.host, ...(url.port !== undefined && { port: url.port }) }
}

function httpCheck({ kind, path }: CheckedUrl, { probing, http, verify }: HttpOptions): HttpCheck {
  const { redirects, ...asked } = http
  const check = { path, redirects, ...asked, ...probing } as const
  return kind === 'https' ? { kind, ...check, verify } : { kind, ...check }
}
