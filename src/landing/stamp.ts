/** The address that a stamp tells: `host` has the port, if it is not 443. */
type Stamped = { readonly host: string; readonly path: string }

/**
 * Returns the DNS stamp of a DoH server (https://dnscrypt.info/stamps-specifications): protocol 0x02, properties of 64
 * bits, the address, hashes of certificates, the host, the path. No property is claimed, the address is for the client
 * to look up, and any valid certificate counts.
 */
export function stampOf({ host, path }: Stamped): string {
  const octets = [DOH, ...NO_PROPERTIES, ...prefixed(''), ...prefixed(''), ...prefixed(host), ...prefixed(path)]
  const base64 = btoa(String.fromCharCode(...octets))
  return `sdns://${base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`
}

const DOH = 0x02
const NO_PROPERTIES = new Uint8Array(8)

/** The text behind an octet with its length; the last one of a list of hashes has the top bit clear. */
function prefixed(text: string): number[] {
  const octets = new TextEncoder().encode(text)
  if (octets.length > MAX_PART_BYTES)
    throw new RangeError(`expected at most ${MAX_PART_BYTES} octets in a part of a stamp`)
  return [octets.length, ...octets]
}

const MAX_PART_BYTES = 255
