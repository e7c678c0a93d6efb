import { type Algorithm, fromBase64, toBase64 } from '../dnssec/index.ts'
import { MAX_KEY_FILE_CHARS } from '../limits.ts'
import { err, type Result } from '../result.ts'
import {
  ALGORITHMS,
  algorithmName,
  isAlgorithm,
  type KeyPair,
  pairOfNumber,
  pairOfPkcs8,
  privateNumber,
} from './material.ts'

// Private keys as files of others have them: "Private-key-format" of BIND and PowerDNS, and PKCS#8 in PEM of Knot.

/** Reads a private key in one of these forms. */
export async function readPrivateFile(text: string): Promise<Result<KeyPair>> {
  if (text.length > MAX_KEY_FILE_CHARS) {
    return err(`the key has ${text.length} characters; expected at most ${MAX_KEY_FILE_CHARS}`)
  }
  return /^\s*-----BEGIN /.test(text) ? readPem(text) : readFields(text)
}

/** Lines like `Algorithm: 13 (ECDSAP256SHA256)` and `PrivateKey: <base64>`. */
async function readFields(text: string): Promise<Result<KeyPair>> {
  const fields = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^([A-Za-z0-9-]+):\s*(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) fields.set(name.toLowerCase(), value)
  }
  if (!/^v1\.[0-9]+$/.test(fields.get('private-key-format') ?? '')) return err(NO_FORM)
  const number = Number(/^\d{1,3}/.exec(fields.get('algorithm') ?? '')?.[0])
  if (!isAlgorithm(number)) return err(notOurs(fields.get('algorithm') ?? ''))
  const octets = fromBase64(fields.get('privatekey') ?? '')
  if (!octets) return err('the field PrivateKey is not base64; expected the private key as it was exported')
  return pairOfNumber(number, octets)
}

async function readPem(text: string): Promise<Result<KeyPair>> {
  const [, body] = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(text) ?? []
  const pkcs8 = body === undefined ? undefined : fromBase64(body.replace(/\s/g, ''))
  if (!pkcs8)
    return err(`the PEM is no plain private key; expected "-----BEGIN PRIVATE KEY-----" (PKCS#8, not encrypted)`)
  for (const algorithm of ALGORITHMS) {
    const pair = await pairOfPkcs8(algorithm, pkcs8)
    if (pair.ok) return pair
  }
  return err(notOurs('another algorithm'))
}

const NO_FORM =
  'this is no private key that is known here; expected a file that begins with "Private-key-format: v1." ' +
  '(BIND, "pdnsutil export-zone-key") or with "-----BEGIN PRIVATE KEY-----" (Knot)'

const notOurs = (algorithm: string): string =>
  `the key is of ${algorithm.slice(0, 40) || 'no algorithm'}; expected 13 (ECDSAP256SHA256), 14 (ECDSAP384SHA384) or ` +
  '15 (ED25519): where the zone is signed now, roll over to one of these first'

/** Writes a private key as `pdnsutil import-zone-key` and `dnssec-signzone` read it. */
export async function writePrivateFile(
  key: { readonly algorithm: Algorithm; readonly pkcs8: Uint8Array<ArrayBuffer> },
  version: 'v1.2' | 'v1.3',
): Promise<string> {
  const { algorithm } = key
  return [
    `Private-key-format: ${version}`,
    `Algorithm: ${algorithm} (${algorithmName(algorithm)})`,
    `PrivateKey: ${toBase64(await privateNumber(key))}`,
    '',
  ].join('\n')
}
