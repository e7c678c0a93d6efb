import { parseAddress } from './address.ts'
import { isPublicAddress } from './public-address.ts'

/**
 * Name endings that never belong to a host on the Internet: RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476, and
 * ICANN's `internal`.
 */
const PRIVATE_ENDINGS = ['localhost', 'local', 'internal', 'home.arpa', 'onion', 'invalid', 'alt'] as const

/** Other names of `localhost` in the hosts files of Debian and Red Hat. */
const LOOPBACK_NAMES = /(^|\.)(localhost[46]?\.localdomain[46]?|localdomain[46]?|ip6-localhost|ip6-loopback)$/

/**
 * Returns true if a host may be on the Internet: an address by `isPublicAddress`, a name by its ending. A name whose
 * last label is a number is not public: resolvers read it as an address in an older form (`127.1`, `0x7f.1`).
 * @param host an address, with or without brackets, or a name, with or without the final dot
 */
export function isPublicHost(host: string): boolean {
  const plain = host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
  const address = parseAddress(plain)
  if (address.ok) return isPublicAddress(address.value)
  if (!plain.includes('.') || plain.endsWith('.') || isNumeric(plain) || LOOPBACK_NAMES.test(plain)) return false
  return !PRIVATE_ENDINGS.some((ending) => plain.endsWith(`.${ending}`))
}

/** Returns true if the last label is a decimal, octal or hexadecimal number (WHATWG URL, "ends in a number"). */
export const isNumeric = (name: string): boolean => /(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(name)
