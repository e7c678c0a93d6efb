import { type Address, unmapped } from './address.ts'
import { networkSet } from './network-set.ts'

/**
 * Returns true if the address may belong to a host on the Internet: not private, loopback, link-local, multicast or
 * reserved. Addresses for documentation (RFC 5737, RFC 3849) count as public, so that examples work.
 */
export function isPublicAddress(address: Address): boolean {
  const inner = unmapped(address) ?? address
  // RFC 4291 §2.4: global unicast outside 2000::/3 is unassigned, or contains an IPv4 address that may be private.
  if (inner.family === 2 && ((inner.bytes[0] as number) & 0xe0) !== 0x20) return false
  return !isSpecial(inner)
}

/** The networks of IANA's registries of special-purpose addresses (RFC 6890) that are not for documentation. */
const isSpecial = networkSet([
  '0.0.0.0/8', // this network (RFC 791)
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // carrier-grade NAT (RFC 6598)
  '127.0.0.0/8', // loopback (RFC 1122)
  '169.254.0.0/16', // link-local (RFC 3927)
  '172.16.0.0/12', // private (RFC 1918)
  '192.0.0.0/24', // protocol assignments (RFC 6890)
  '192.31.196.0/24', // AS112 (RFC 7535)
  '192.52.193.0/24', // AMT (RFC 7450)
  '192.88.99.0/24', // relays of 6to4 (RFC 7526)
  '192.168.0.0/16', // private (RFC 1918)
  '192.175.48.0/24', // AS112 (RFC 7534)
  '198.18.0.0/15', // benchmarks (RFC 2544)
  '224.0.0.0/3', // multicast, and reserved (RFC 1112)
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID (RFC 2928)
  '2002::/16', // 6to4, which contains an IPv4 address (RFC 3056)
  '2620:4f:8000::/48', // AS112 (RFC 7534)
  '3fff::/20', // a second one for documentation (RFC 9637), which no example uses
])
