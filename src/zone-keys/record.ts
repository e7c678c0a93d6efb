import { fromBase64, MAX_ALGORITHM, MIN_ALGORITHM, type PublicKey } from '../dnssec/index.ts'
import { err, ok, type Result } from '../result.ts'

/** Reads the RDATA of DNSKEY, or a line that ends with it: `[example.com. 3600 IN DNSKEY] 257 3 13 <base64>`. */
export function parseRecord(text: string): Result<PublicKey> {
  const plain = text.replace(/;.*$/gm, ' ').replace(/[()]/g, ' ')
  const [, flags, algorithm, key] = /(?:^|\s)(\d{1,5})\s+3\s+(\d{1,3})\s+([A-Za-z0-9+/=\s]+)$/.exec(plain.trim()) ?? []
  const publicKey = key?.replace(/\s/g, '')
  if (!publicKey || !fromBase64(publicKey) || publicKey.length > MAX_PUBLIC_CHARS) {
    return err('this is no DNSKEY record; expected "256 3 13 <base64>", or a line of a zone file that ends so')
  }
  if (flags !== '256' && flags !== '257') return err(`the flags are ${flags}; expected 256 (ZSK) or 257 (KSK)`)
  const number = Number(algorithm)
  if (number < MIN_ALGORITHM || number > MAX_ALGORITHM) {
    return err(`the algorithm is ${algorithm}; expected ${MIN_ALGORITHM} to ${MAX_ALGORITHM}, like 13`)
  }
  return ok({ flags: flags === '256' ? 256 : 257, algorithm: number, publicKey })
}

/** RSA with 4,096 bits has 516 octets. */
const MAX_PUBLIC_CHARS = 1400
