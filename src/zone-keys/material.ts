import { type Algorithm, fromBase64, toBase64 } from '../dnssec/index.ts'
import { err, ok, type Result } from '../result.ts'

/** A key pair. `publicKey` is the field of DNSKEY in base64, `pkcs8` the private key. */
export type KeyPair = {
  readonly algorithm: Algorithm
  readonly publicKey: string
  readonly pkcs8: Uint8Array<ArrayBuffer>
}

type Parameters = {
  readonly name: string
  readonly webCrypto: { readonly name: string; readonly namedCurve?: string }
  /** The octets of the private number. */
  readonly size: number
  /** PKCS#8 up to the private number (RFC 5915, RFC 8410). The public key follows from it. */
  readonly prefix: string
}

const PARAMETERS: Readonly<Record<Algorithm, Parameters>> = {
  13: {
    name: 'ECDSAP256SHA256',
    webCrypto: { name: 'ECDSA', namedCurve: 'P-256' },
    size: 32,
    prefix: '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420',
  },
  14: {
    name: 'ECDSAP384SHA384',
    webCrypto: { name: 'ECDSA', namedCurve: 'P-384' },
    size: 48,
    prefix: '304e020100301006072a8648ce3d020106052b81040022043730350201010430',
  },
  15: {
    name: 'ED25519',
    webCrypto: { name: 'Ed25519' },
    size: 32,
    prefix: '302e020100300506032b657004220420',
  },
}

export const ALGORITHMS: readonly Algorithm[] = [13, 14, 15]

/** The name of an algorithm in IANA's registry, like `ECDSAP256SHA256`. */
export const algorithmName = (algorithm: Algorithm): string => PARAMETERS[algorithm].name

export const isAlgorithm = (value: unknown): value is Algorithm => ALGORITHMS.some((one) => one === value)

export async function generatePair(algorithm: Algorithm): Promise<KeyPair> {
  const { webCrypto } = PARAMETERS[algorithm]
  const { privateKey } = (await crypto.subtle.generateKey(webCrypto, true, ['sign', 'verify'])) as CryptoKeyPair
  return pairOf(algorithm, privateKey)
}

/** Makes a pair of a private key in PKCS#8. The error says nothing of the key. */
export async function pairOfPkcs8(algorithm: Algorithm, pkcs8: Uint8Array<ArrayBuffer>): Promise<Result<KeyPair>> {
  const { name, webCrypto } = PARAMETERS[algorithm]
  try {
    return ok(await pairOf(algorithm, await crypto.subtle.importKey('pkcs8', pkcs8, webCrypto, true, ['sign'])))
  } catch {
    return err(`the private key is none of ${name}; expected one of that algorithm`)
  }
}

/** Makes a pair of the private number as files of BIND and PowerDNS have it. */
export async function pairOfNumber(algorithm: Algorithm, octets: Uint8Array): Promise<Result<KeyPair>> {
  const { name, size, prefix } = PARAMETERS[algorithm]
  // BIND leaves out leading zeros of an ECDSA key: one in 256 is shorter.
  const zeros = size - octets.length
  if (zeros < 0 || zeros > (algorithm === 15 ? 0 : MAX_LEADING_ZEROS)) {
    return err(`the private key of ${name} has ${octets.length} octets; expected ${size}, in base64`)
  }
  const head = Uint8Array.from(prefix.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16))
  return pairOfPkcs8(algorithm, Uint8Array.from([...head, ...new Uint8Array(zeros), ...octets]))
}

/** No key that somebody made by chance has more. */
const MAX_LEADING_ZEROS = 4

/** Returns the private number of a key. @throws if the PKCS#8 is no key of the algorithm */
export async function privateNumber({ algorithm, pkcs8 }: Pick<KeyPair, 'algorithm' | 'pkcs8'>): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, PARAMETERS[algorithm].webCrypto, true, ['sign'])
  return octetsOf(((await crypto.subtle.exportKey('jwk', key)) as JsonWebKey).d)
}

/** Writes the private key in one form, whatever form it was read from. */
async function pairOf(algorithm: Algorithm, key: CryptoKey): Promise<KeyPair> {
  const jwk = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
  const publicKey = Uint8Array.from([...octetsOf(jwk.x), ...(jwk.y === undefined ? [] : octetsOf(jwk.y))])
  const plain = { kty: jwk.kty, crv: jwk.crv, d: jwk.d, x: jwk.x, y: jwk.y } as JsonWebKey
  const whole = await crypto.subtle.importKey('jwk', plain, PARAMETERS[algorithm].webCrypto, true, ['sign'])
  const pkcs8 = new Uint8Array((await crypto.subtle.exportKey('pkcs8', whole)) as ArrayBuffer)
  return { algorithm, publicKey: toBase64(publicKey), pkcs8 }
}

/** Reads base64url (RFC 7515 §2). */
const octetsOf = (text = ''): Uint8Array =>
  fromBase64(text.replaceAll('-', '+').replaceAll('_', '/')) ?? new Uint8Array(0)
