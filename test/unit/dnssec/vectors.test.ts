import { expect, test } from 'vitest'
import { parseName, TYPE } from '../../../src/dns/index.ts'
import { canonicalRdatas } from '../../../src/dnssec/canonical.ts'
import {
  type Algorithm,
  type Digest,
  dsDigest,
  fromBase64,
  importSigningKey,
  keyTag,
} from '../../../src/dnssec/index.ts'
import { signWith } from '../../../src/dnssec/key-ring.ts'
import { NsecRdata, successor } from '../../../src/dnssec/nsec.ts'
import { labelCount, SignatureRdata, signatureHead, signedOctets } from '../../../src/dnssec/rrsig.ts'
import { timesOf } from '../../../src/dnssec/signer.ts'
import { must } from '../must.ts'
import { hex, unhex } from '../support.ts'
import { rdata } from './support.ts'

const key = (text: string) => must(parseName(text)).key

/** The examples of RFC 6605 §6 and RFC 8080 §6: a key with its tag and DS, and the signature of an rrset. */
const EXAMPLES = [
  {
    ...({ origin: 'example.net', algorithm: 13, tag: 55_648, digest: 2 } as const),
    publicKey: 'GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==',
    ds: 'b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17',
    rrset: ['www.example.net.', TYPE.A, '192.0.2.1'],
    times: [20_100_909_100_439, 20_100_812_100_439],
    signature: 'qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==',
  },
  {
    ...({ origin: 'example.net', algorithm: 14, tag: 10_771, digest: 4 } as const),
    publicKey:
      'xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40',
    ds: '72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405c3008a946df983d6',
    rrset: ['www.example.net.', TYPE.A, '192.0.2.1'],
    times: [20_100_909_102_025, 20_100_812_102_025],
    signature:
      '/L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm',
  },
  {
    ...({ origin: 'example.com', algorithm: 15, tag: 3613, digest: 2 } as const),
    publicKey: 'l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=',
    ds: '3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b',
    rrset: ['example.com.', TYPE.MX, '10 mail.example.com.'],
    times: [1_440_021_600, 1_438_207_200],
    signature: 'oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==',
  },
] as const

/** YYYYMMDDHHmmSS, or seconds. */
const seconds = (time: number): number => {
  const digits = String(time)
  if (digits.length < 14) return time
  const parts = [4, 6, 8, 10, 12, 14].map((end, i) => Number(digits.slice(i === 0 ? 0 : end - 2, end)))
  const [year = 0, month = 0, ...rest] = parts
  return Date.UTC(year, month - 1, ...(rest as [number, number, number, number])) / 1000
}

test.each(EXAMPLES)('algorithm $algorithm: tag, DS and signature of the example', async (example) => {
  const { origin, algorithm, tag, publicKey, digest, ds, rrset, times, signature } = example
  const stored = { flags: 257, algorithm, publicKey } as const
  expect(keyTag(stored)).toBe(tag)
  expect(hex(await dsDigest(origin, stored, digest as Digest))).toBe(ds)
  const [owner, type, text] = rrset
  const [expiration, inception] = times.map(seconds) as [number, number]
  const name = key(owner)
  const fields = { type, algorithm, labels: labelCount(name), originalTtl: 3600, expiration, inception, tag }
  const head = signatureHead({ ...fields, signer: must(parseName(`${origin}.`)) })
  const octets = signedOctets(head, name, fields, [rdata(type, text)])
  expect(
    await verifies(algorithm as Algorithm, publicKey, octets, fromBase64(signature) as Uint8Array<ArrayBuffer>),
  ).toBe(true)
  octets[octets.length - 1] = (octets.at(-1) as number) ^ 1
  expect(
    await verifies(algorithm as Algorithm, publicKey, octets, fromBase64(signature) as Uint8Array<ArrayBuffer>),
  ).toBe(false)
})

async function verifies(
  algorithm: Algorithm,
  publicKey: string,
  octets: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const raw = fromBase64(publicKey) as Uint8Array<ArrayBuffer>
  if (algorithm === 15) {
    const ed = await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify'])
    return crypto.subtle.verify({ name: 'Ed25519' }, ed, signature, octets)
  }
  const form = { name: 'ECDSA', namedCurve: algorithm === 13 ? 'P-256' : 'P-384' }
  const ec = await crypto.subtle.importKey('raw', Uint8Array.of(4, ...raw), form, false, ['verify'])
  return crypto.subtle.verify({ name: 'ECDSA', hash: algorithm === 13 ? 'SHA-256' : 'SHA-384' }, ec, signature, octets)
}

test('Ed25519 gives the signature of RFC 8080 §6.1, octet for octet', async () => {
  // The private key is 32 octets; PKCS#8 has 16 in front of them (RFC 8410 §7).
  const seed = Buffer.from('ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=', 'base64')
  const pkcs8 = Uint8Array.of(...unhex('302e020100300506032b657004220420'), ...seed)
  const signing = { algorithm: 15, tag: 3613, key: must(await importSigningKey(15, pkcs8)) }
  const example = EXAMPLES[2]
  const name = key('example.com.')
  const [expiration, inception] = example.times
  const fields = { type: TYPE.MX, algorithm: 15, labels: 2, originalTtl: 3600, expiration, inception, tag: 3613 }
  const head = signatureHead({ ...fields, signer: must(parseName('example.com.')) })
  const signature = await signWith(signing, signedOctets(head, name, fields, [rdata(TYPE.MX, '10 mail.example.com.')]))
  expect(Buffer.from(signature).toString('base64')).toBe(example.signature)
  expect(new SignatureRdata(head, signature, must(parseName('example.com.'))).text).toBe(
    `MX 15 2 3600 20150819220000 20150729220000 3613 example.com. ${example.signature}`,
  )
})

test('RDATA in canonical form: names in lower case where RFC 4034 says so, in order, and each once', () => {
  const canonical = (type: number, ...texts: string[]) =>
    canonicalRdatas(
      type,
      texts.map((text) => rdata(type, text)),
    ).map((bytes) => Buffer.from(bytes).toString('latin1'))
  expect(canonical(TYPE.MX, '10 MAIL.Example.', '10 mail.example.', '9 a.')).toEqual([
    '\0\x09\x01a\0',
    '\0\x0a\x04mail\x07example\0',
  ])
  expect(canonical(TYPE.SRV, '1 2 3 Host.')).toEqual(['\0\x01\0\x02\0\x03\x04host\0'])
  expect(canonical(TYPE.SOA, 'NS. Root. 1 2 3 4 5')[0]).toContain('\x02ns\0\x04root\0')
  expect(canonical(TYPE.NAPTR, '1 2 "U" "E2U+sip" "!^.*$!Sip:X@y!" Host.')).toEqual([
    '\0\x01\0\x02\x01U\x07E2U+sip\x0e!^.*$!Sip:X@y!\x04host\0',
  ])
  expect(canonical(TYPE.HTTPS, '1 Host. alpn=h2')[0]).toContain('\x04Host\0')
  expect(canonical(TYPE.TXT, '"B"', '"a"', '""')).toEqual(['\0', '\x01B', '\x01a'])
})

test('labels of an owner: no root, no leading asterisk', () => {
  expect(['.', 'example.', 'a.b.example.', '*.example.', 'a.*.example.'].map((name) => labelCount(key(name)))).toEqual([
    0, 1, 3, 1, 3,
  ])
})

test('a bitmap has a window for each 256 types', () => {
  const types = [TYPE.A, TYPE.MX, TYPE.RRSIG, TYPE.NSEC, 1234]
  const { bytes, text } = new NsecRdata(key('host.example.'), types, key('example.'))
  expect(hex(bytes.subarray(16))).toBe(`0006400100000003 041b${'00'.repeat(26)}20`.replace(' ', ''))
  expect(text).toBe('\\000.host.example. A MX RRSIG NSEC TYPE1234')
})

const apex = key('example.')
const label = (octet: number, length: number): string =>
  String.fromCharCode(length) + String.fromCharCode(octet).repeat(length)
const long = (first: string): string => {
  let name = apex
  while (name.length + 64 + first.length < 255) name = label(0x61, 63) + name
  return first + label(0x62, 255 - name.length - first.length - 1) + name
}

test('up to 253 octets a label of one zero octet comes in front, and then the successor of RFC 4471', () => {
  const short = `\x01a${label(0x62, 253 - apex.length - 2 - 1 - 2 * 64)}${label(0x61, 63)}${label(0x61, 63)}${apex}`
  expect([short.length, successor(short, apex)]).toEqual([253, `\x01\0${short}`])
  const full = long('')
  expect(full.length).toBe(255)
  const length = full.charCodeAt(0)
  const rest = full.slice(length + 1)
  expect(successor(full, apex)).toBe(`${label(0x62, length).slice(0, -1)}c${rest}`)
  const nearly = label(0x62, length - 1) + rest
  expect([nearly.length, successor(nearly, apex)]).toEqual([
    254,
    `${String.fromCharCode(length)}${'b'.repeat(length - 1)}\0${rest}`,
  ])
  const at = String.fromCharCode(length) + 'b'.repeat(length - 1)
  expect(successor(`${at}@${rest}`, apex)).toBe(`${at}[${rest}`)
  expect(successor(`${at}\xff${rest}`, apex)).toBe(
    `${String.fromCharCode(length - 1)}${'b'.repeat(length - 2)}c${rest}`,
  )
  // A label that cannot be counted up goes, and the parent's grows or is counted up.
  expect(successor(label(0xff, length) + rest, apex)).toBe(`\x3f${'a'.repeat(62)}b${rest.slice(64)}`)
})

test.each([1, 2, 7, 16])('a signature of %i days begins an hour back, and is made anew in time', (days) => {
  const now = 1_800_000_000
  for (const hash of [0, 1, -1, 0x7fffffff, -0x80000000]) {
    const { inception, expiration, refreshAt } = timesOf(now, days, hash)
    expect(now - inception).toBe(3600)
    expect(expiration).toBeGreaterThanOrEqual(now + days * 86_400)
    expect(expiration).toBeLessThanOrEqual(now + 16 * 86_400)
    expect(expiration - refreshAt).toBeGreaterThanOrEqual(86_400)
    expect(refreshAt).toBeGreaterThanOrEqual(now + 3600)
  }
})
