import { expect, test } from 'vitest'
import { unwrapKey } from '../../../src/dnssec/index.ts'
import { changeKeys, dsLines, exportKeys } from '../../../src/zone-keys/index.ts'
import { must } from '../support.ts'
import { changed, facts, SECRET } from './support.ts'

/** RFC 6605 §6.1, RFC 8080 §6.1; a file of `dnssec-keygen -a 13`. */
const VECTORS = [
  {
    origin: 'example.net',
    file: 'Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n',
    record: '257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==',
    ds: 'example.net. IN DS 55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17',
  },
  {
    origin: 'example.com',
    file: 'Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\nPrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n',
    record: '257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=',
    ds: 'example.com. IN DS 3613 15 2 3AA5AB37EFCE57F737FC1627013FEE07BDF241BD10F3B1964AB55C78E79A304B',
  },
  {
    origin: 'example.com',
    file:
      'Private-key-format: v1.3\r\nAlgorithm: 13 (ECDSAP256SHA256)\r\nPrivateKey: 495Nv1LLbhQEHCvIjkZLHlk7j9S7iTnTi/GdwDqhoE8=\r\n' +
      'Created: 20261201035255\r\nPublish: 20261201035255\r\nActivate: 20261201035255\r\n',
    record:
      '; a comment\nexample.com. IN DNSKEY 257 3 13 z6PSl9zAAZSQsfgmfPoM4J9aplt8i23YxZiWACoc90LOj8jS/2yBaMxi rgIu0VnvmdH2sz7PSP4H97jg8bmT9g==\n',
    ds: 'example.com. IN DS 48797 13 2 ',
  },
]

test.each(VECTORS)(
  'a private key of $origin, as files of others have it, gives the public key and the DS',
  async (vector) => {
    const { set } = await changed(undefined, { kind: 'import', text: vector.file, record: vector.record }, vector)
    expect((await dsLines(set))[0]).toContain(vector.ds)
    const [key] = set.keys
    expect(key).toMatchObject({ flags: 257, active: true, published: true, ds: true })
    const again = await changed(set, { kind: 'import', text: vector.file }, vector)
    expect(again.set.keys).toEqual(set.keys)
  },
)

test.each([13, 14, 15] as const)(
  'a key of algorithm %i is exported, imported elsewhere, and is the same',
  async (algorithm) => {
    const { set } = await changed(undefined, { kind: 'enable', algorithm, isSplit: true })
    expect(set.keys.map(({ flags }) => flags)).toEqual([257, 256])
    for (const format of ['bind', 'powerdns'] as const) {
      const files = must(await exportKeys(set, SECRET, format))
      expect(files.filter(({ isSecret }) => isSecret)).toHaveLength(2)
      for (const [i, { text }] of files.filter(({ isSecret }) => isSecret).entries()) {
        const flags = set.keys[i]?.flags ?? 257
        const { set: other } = await changed(
          undefined,
          { kind: 'import', text, flags },
          { secret: `${SECRET} another` },
        )
        expect(other.keys[0]).toMatchObject({
          publicKey: set.keys[i]?.publicKey,
          tag: set.keys[i]?.tag,
          algorithm,
          flags,
        })
      }
    }
  },
)

test('a private key of which BIND left out leading zeros is the same key', async () => {
  const number = Buffer.concat([Buffer.alloc(1), Buffer.alloc(31, 7)])
  const file = (octets: Buffer): string =>
    `Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: ${octets.toString('base64')}\n`
  const [whole, short] = await Promise.all(
    [number, number.subarray(1)].map((octets) => changed(undefined, { kind: 'import', text: file(octets) })),
  )
  expect(short?.set.keys[0]?.publicKey).toBe(whole?.set.keys[0]?.publicKey)
})

test('PKCS#8 in PEM, as Knot keeps keys, is read', async () => {
  const { set } = await changed(undefined, { kind: 'enable', algorithm: 15 })
  const [key] = set.keys
  if (!key?.wrapped) throw new Error('no key')
  const pkcs8 = must(await unwrapKey(SECRET, { origin: 'example.com', ...key }, key.wrapped))
  const body = Buffer.from(pkcs8).toString('base64').replace(/.{64}/g, '$&\n')
  const text = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`
  expect((await changed(undefined, { kind: 'import', text })).set.keys[0]).toMatchObject({ tag: key.tag })
})

test.each([
  ['', /expected a file that begins with/],
  ['Private-key-format: v1.3\nAlgorithm: 8 (RSASHA256)\nModulus: AQAB\n', /RSASHA256\); expected 13 .* roll over/s],
  ['Private-key-format: v1.2\nAlgorithm: 13\nPrivateKey: AAAA\n', /has 3 octets; expected 32/],
  ['Private-key-format: v1.2\nAlgorithm: 13\nPrivateKey: !\n', /not base64/],
  [`Private-key-format: v1.2\nAlgorithm: 13\nPrivateKey: ${'/'.repeat(43)}=\n`, /expected one of that algorithm/],
  ['-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----', /not encrypted/],
  ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', /another algorithm/],
  ['x'.repeat(5000), /expected at most 4096/],
])('a file that is no key of ours is refused, and the word has nothing of the key: %#', async (text, why) => {
  const outcome = await changeKeys(undefined, { kind: 'import', text }, facts())
  expect(outcome.ok || outcome.error.why).toMatch(why)
  expect(outcome.ok || outcome.error.why).not.toContain('/'.repeat(20))
})

test('a private key that is not the one of the public key beside it is refused', async () => {
  const [one, other] = VECTORS
  const change = { kind: 'import', text: one?.file ?? '', record: other?.record ?? '' } as const
  const outcome = await changeKeys(undefined, change, facts())
  expect(outcome.ok || outcome.error.why).toContain('not that of the private key')
})

test('a private key is opened by its secret alone, and in its zone alone', async () => {
  const { set } = await changed(undefined, { kind: 'enable' })
  const [key] = set.keys
  if (!key?.wrapped) throw new Error('no key')
  const open = async (secret: string, origin: string) =>
    (await unwrapKey(secret, { origin, ...key }, key.wrapped as string)).ok
  expect(await open(SECRET, 'example.com')).toBe(true)
  expect(await open(`${SECRET}.`, 'example.com')).toBe(false)
  expect(await open(SECRET, 'example.net')).toBe(false)
  expect(await exportKeys(set, `${SECRET}.`, 'bind')).toMatchObject({
    error: expect.stringContaining('expected the secret that it was made with'),
  })
})
