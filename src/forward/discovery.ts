import { formatName, type Name, parseName, parseRdataText, type Rrset, TYPE } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'

/** RFC 9462 §4: clients of an unencrypted resolver ask it for this name, to learn of encrypted ones. */
export const DISCOVERY_NAME = '_dns.resolver.arpa'

/** Seconds: a name or a path that is changed shows within five minutes. */
const TTL = 300

/** Reads the setting DOH_NAME: the host name of the endpoint, as its certificate has it; undefined for none. */
export function parseDohName(text: string | undefined): Result<Name | undefined> {
  const written = text?.trim() ?? ''
  if (written === '') return ok(undefined)
  const shown = `"${written.slice(0, 80)}"`
  const name = HOST.test(written) ? parseName(written.endsWith('.') ? written : `${written}.`) : err('')
  return name.ok ? name : err(`${shown} is not a host name; expected one like dns.example.com`)
}

/** Letters, digits and inner hyphens, two labels at least; the last one begins with a letter, as no address does. */
const HOST = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?\.?$/i

/** The endpoint for clients that look for an encrypted resolver. */
export type Designated = { readonly name: Name; readonly path: string; readonly platform: 'edge' | 'workerd' }

/**
 * Returns the SVCB record of the endpoint (RFC 9461 §5, RFC 9462 §4). The port is that of https. Cloudflare's edge
 * speaks HTTP/2 and HTTP/3; in front of other places stands something that speaks HTTP/2, as each DoH server should
 * (RFC 8484 §5.2).
 */
export function designatedResolver({ name, path, platform }: Designated): Rrset {
  const alpn = platform === 'edge' ? 'h2,h3' : 'h2'
  const rdata = parseRdataText(TYPE.SVCB, `1 ${formatName(name.key)} alpn="${alpn}" dohpath="${path}{?dns}"`)
  const owner = parseName(`${DISCOVERY_NAME}.`)
  if (!rdata.ok || !owner.ok) throw new Error('the record of the endpoint cannot be written')
  return { owner: owner.value, type: TYPE.SVCB, ttl: TTL, rdatas: [rdata.value] }
}
