import { err, ok } from '../../result.ts'
import type { Parameters } from './call.ts'
import { domainId } from './domain.ts'
import { nameOf } from './parameters.ts'
import { numberOf, signingChangeOf, widensNsec3 } from './signing.ts'
import { type Answered, absolute, type BackendSources, NOTHING, publishedZone, unavailable } from './sources.ts'

/** True for the calls that change what PowerDNS signs by. @param method in lower case */
export const isSigningWrite = (method: string): boolean =>
  method === 'setdomainmetadata' || /^(add|activate|deactivate|publish|unpublish|remove)domainkey$/.test(method)

export async function domainKeys({ name }: Parameters, sources: BackendSources): Answered {
  const found = await publishedZone(name, sources)
  if (!found.ok || !found.value) return found.ok ? ok({ result: [] }) : found
  const { keys = [] } = (await sources.signing.of(sources.ledgers, found.value.origin)) ?? {}
  // Without its keys PowerDNS would answer without signatures, which are bogus in a signed zone.
  const { signingRefusal: why } = sources
  if (keys.length > 0 && why !== undefined) return err({ status: 403, why })
  return ok({ result: keys })
}

/**
 * The name before another one, or itself, and the one behind it, in canonical order: PowerDNS makes an NSEC record of
 * them.
 */
export async function namesAround({ id, qname }: Parameters, sources: BackendSources): Answered {
  const name = nameOf(qname)
  const zones = await sources.served.published()
  if (!zones.ok) return unavailable(zones.error)
  const number = numberOf(id)
  const [zone, ...others] = zones.value.filter(({ origin }) => domainId(absolute(origin)) === number)
  if (!name || !zone) return ok(NOTHING)
  if (others.length > 0) return unavailable(`the zones ${zone.origin} and ${others[0]?.origin} have one number`)
  const order = await sources.signing.orderOf(sources.ledgers, absolute(zone.origin), zone.hash)
  if (!order.ok) return unavailable(order.error)
  return ok({ result: { ...order.value.around(name.key), unhashed: '' } })
}

export async function changeSigning(method: string, parameters: Parameters, sources: BackendSources): Answered {
  const found = await publishedZone(parameters.name, sources)
  if (!found.ok || !found.value) return found.ok ? ok(NOTHING) : found
  if (sources.signingRefusal !== undefined) return err({ status: 403, why: sources.signingRefusal })
  const change = signingChangeOf(method, parameters)
  const ledger = sources.ledgers.zone(found.value.origin)
  const before = change && (await ledger.signing())
  if (!before) return ok(NOTHING)
  if (widensNsec3(change, before)) return ok({ ...NOTHING, log: ['NSEC3 is always narrow here'] })
  const changed = await ledger.changeSigning(change)
  if (!changed.ok) return ok({ ...NOTHING, log: [changed.error] })
  return ok({ result: change.kind === 'add' ? changed.value.next - 1 : true })
}
