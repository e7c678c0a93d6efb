/** A DNS stamp of a DoH server. */
export type DecodedStamp = {
  readonly properties: number
  readonly address: string
  /** In hexadecimal. */
  readonly hashes: readonly string[]
  readonly host: string
  readonly path: string
}

/** Decodes a stamp by https://dnscrypt.info/stamps-specifications. @throws if it is not one of a DoH server */
export function decodeStamp(stamp: string): DecodedStamp {
  if (!/^sdns:\/\/[A-Za-z0-9_-]+$/.test(stamp)) throw new Error(`${stamp} is not a stamp`)
  const octets = Buffer.from(stamp.slice('sdns://'.length), 'base64url')
  if (octets[0] !== 0x02) throw new Error(`${stamp} is of protocol ${octets[0]}`)
  let at = 9
  const take = (length: number): Buffer => {
    if (at + length > octets.length) throw new Error(`${stamp} ends too early`)
    at += length
    return octets.subarray(at - length, at)
  }
  const part = (): Buffer => take(take(1)[0] as number)
  const address = part().toString()
  const hashes: string[] = []
  for (let isLast = false; !isLast; ) {
    const length = take(1)[0] as number
    isLast = length < 0x80
    const hash = take(length & 0x7f)
    if (hash.length > 0) hashes.push(hash.toString('hex'))
  }
  const host = part().toString()
  const path = part().toString()
  if (at !== octets.length) throw new Error(`${stamp} has octets behind its path`)
  return { properties: Number(octets.readBigUInt64LE(1)), address, hashes, host, path }
}
