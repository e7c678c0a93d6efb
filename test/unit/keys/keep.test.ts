import { expect, test } from 'vitest'
import {
  createKey,
  findKey,
  hasKeys,
  listKeys,
  type NewKey,
  parseEnds,
  parseNewKey,
  revokeKey,
  shownKey,
} from '../../../src/keys/index.ts'
import { MAX_KEYS } from '../../../src/limits.ts'
import { must } from '../support.ts'
import { pseudoRandom, storageWith } from './support.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const DAY = 86_400_000
const wanted = (name: string, more: object = {}): NewKey => must(parseNewKey({ name, scopes: ['read'], ...more }, NOW))

test('a key is found by its secret, of which KV has the hash alone', async () => {
  const values = new Map<string, string>()
  const storage = storageWith(values)
  const { key, secret } = must(await createKey(storage, wanted('ci', { ends: '90d' }), NOW, pseudoRandom()))
  expect(secret).toMatch(/^gslb_[a-z2-7]{8}_[a-z2-7]{32}$/)
  expect(secret.slice(5, 13)).toBe(key.id)
  const random = secret.slice(14)
  expect([...values.values()].filter((value) => value.includes(random))).toEqual([])
  expect(JSON.parse(values.get(`key:${key.id}`) ?? '')).toEqual({
    ...{ id: key.id, name: 'ci', scopes: ['read'] },
    ...{ created: '2026-11-22T12:00:00.000Z', ends: '2027-02-20T12:00:00.000Z' },
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(await findKey(storage, secret, NOW)).toEqual({ kind: 'found', key })
  expect((await listKeys(storage)).keys).toEqual([key])
})

test('a key counts up to its end', async () => {
  const storage = storageWith()
  const { secret } = must(await createKey(storage, wanted('ci', { ends: '1d' }), NOW, pseudoRandom()))
  const at = async (time: number) => (await findKey(storage, secret, time)).kind
  expect([await at(NOW), await at(NOW + DAY - 1), await at(NOW + DAY), await at(NOW + 9 * DAY)]).toEqual([
    ...['found', 'found', 'ended', 'ended'],
  ])
})

test('another secret finds nothing, whatever its form', async () => {
  const values = new Map<string, string>()
  const storage = storageWith(values)
  const { key, secret } = must(await createKey(storage, wanted('ci'), NOW, pseudoRandom()))
  const record = values.get(`key:${key.id}`) ?? ''
  const { hash } = JSON.parse(record)
  // Somebody who reads KV has the hash, and a record under another id.
  values.set('key:aaaaaaaa', record)
  const others = [
    ...['', 'gslb_', `gslb_${key.id}_`, `${secret}a`, secret.slice(0, -1), secret.toUpperCase(), ` ${secret}`],
    ...[`gslb_${key.id}_${'a'.repeat(32)}`, `gslb_aaaaaaaa_${secret.slice(14)}`, hash, `gslb_${key.id}_${hash}`],
    ...[`gslb_../${key.id}_${secret.slice(14)}`, `${secret}\n`, `gslb_${key.id}_${'ä'.repeat(32)}`],
  ]
  for (const other of others) expect([other, await findKey(storage, other, NOW)]).toEqual([other, { kind: 'unknown' }])
})

test('a read is made only for what has the form of a secret, and one then', async () => {
  const asked: string[] = []
  const storage = { ...storageWith(), get: async (key: string) => void asked.push(key) as undefined }
  for (const text of ['', 'x', 'gslb_a_b', `gslb_abcdefg1_${'a'.repeat(32)}`, 'x'.repeat(100_000)])
    await findKey(storage, text, NOW)
  expect(asked).toEqual([])
  await findKey(storage, `gslb_abcdefgh_${'a'.repeat(32)}`, NOW)
  expect(asked).toEqual(['key:abcdefgh'])
})

test.each([
  ['no JSON', '{'],
  ['a list', '[]'],
  ['a scope that is none', { scopes: ['root'] }],
  ['no scope', { scopes: [] }],
  ['a short hash', { hash: 'ab' }],
  ['an end that is no time: it must not last for ever', { ends: 'never' }],
  ['an unknown field', { admin: true }],
])('a damaged record opens nothing, and is a fault: %s', async (_, change) => {
  const values = new Map<string, string>()
  const storage = storageWith(values)
  const { key, secret } = must(await createKey(storage, wanted('ci'), NOW, pseudoRandom()))
  const record = JSON.parse(values.get(`key:${key.id}`) ?? '')
  values.set(`key:${key.id}`, typeof change === 'string' ? change : JSON.stringify({ ...record, ...change }))
  await expect(findKey(storage, secret, NOW)).rejects.toThrow(`key:${key.id}: `)
  expect(await listKeys(storage)).toEqual({ keys: [], damaged: [key.id] })
  expect(await revokeKey(storage, key.id)).toBe(true)
})

test('names are taken once, and keys are limited', async () => {
  const storage = storageWith()
  const fill = pseudoRandom()
  must(await createKey(storage, wanted('ci'), NOW, fill))
  expect(await createKey(storage, wanted('ci'), NOW, fill)).toMatchObject({ ok: false, error: { kind: 'taken' } })
  const full = storageWith()
  const list = async () => Array.from({ length: MAX_KEYS }, (_, i) => `key:${i}`)
  const getAll = async (keys: readonly string[]) => new Map(keys.map((key) => [key, '{']))
  expect(await createKey({ ...full, list, getAll }, wanted('ci'), NOW, fill)).toMatchObject({
    ...{ ok: false, error: { kind: 'too-many' } },
  })
})

test('an id that is taken is not given twice', async () => {
  const storage = storageWith()
  must(await createKey(storage, wanted('a'), NOW, pseudoRandom()))
  let calls = 0
  // The first id is drawn again at first.
  const fill = (octets: Uint8Array<ArrayBuffer>) => (calls++ === 0 ? pseudoRandom() : pseudoRandom(77))(octets)
  must(await createKey(storage, wanted('b'), NOW, fill))
  expect(new Set((await listKeys(storage)).keys.map(({ id }) => id)).size).toBe(2)
})

test('the API is on while there are keys', async () => {
  const storage = storageWith()
  const fill = pseudoRandom()
  expect(await hasKeys(storage)).toBe(false)
  const a = must(await createKey(storage, wanted('a'), NOW, fill))
  const b = must(await createKey(storage, wanted('b'), NOW, fill))
  expect(await hasKeys(storage)).toBe(true)
  expect(await revokeKey(storage, a.key.id)).toBe(true)
  expect([await hasKeys(storage), await revokeKey(storage, a.key.id)]).toEqual([true, false])
  expect((await findKey(storage, a.secret, NOW)).kind).toBe('unknown')
  expect(await revokeKey(storage, b.key.id)).toBe(true)
  expect(await hasKeys(storage)).toBe(false)
})

test.each([
  [{}, '"name" is missing'],
  [[], 'expected'],
  [null, 'expected'],
  ['x', 'expected'],
  [{ name: 'a', scopes: ['read'], admin: true }, 'unknown field "admin"'],
  [{ name: 'a', scopes: 'read' }, 'scopes: expected a list'],
  [{ name: 'a', scopes: [1] }, 'scopes.0: expected text'],
  [{ name: 'a', scopes: [] }, 'a key without a scope'],
  [{ name: 'a', scopes: Array(51).fill('read') }, 'expected at most 50 scopes'],
  [{ name: '', scopes: ['read'] }, 'the name of the key is not valid'],
  [{ name: 'a b', scopes: ['read'] }, 'the name of the key is not valid'],
  [{ name: 'a\nb', scopes: ['read'] }, 'the name of the key is not valid'],
  [{ name: 'x'.repeat(65), scopes: ['read'] }, 'the name of the key is not valid'],
  [{ name: 'API_KEY', scopes: ['read'] }, 'the name of the first key'],
  [{ name: 'a', scopes: ['read'], ends: 7 }, 'ends: expected a time'],
  [{ name: 'a', scopes: ['read'], ends: '' }, 'the end of the key is not valid'],
  [{ name: 'a', scopes: ['read'], ends: 'soon' }, 'the end of the key is not valid'],
  [{ name: 'a', scopes: ['read'], ends: '90' }, 'the end of the key is not valid'],
  [{ name: 'a', scopes: ['read'], ends: '0d' }, 'not in the future'],
  [{ name: 'a', scopes: ['read'], ends: '2026-11-22T11:59:59Z' }, 'not in the future'],
  [{ name: 'a', scopes: ['read'], ends: '2027-02-30T00:00:00Z' }, 'the end of the key is not valid'],
])('a new key %j is refused', (input, why) => {
  expect(parseNewKey(input, NOW)).toEqual({ ok: false, error: expect.stringContaining(why) })
})

test('an end is a time or a duration; null is none', () => {
  expect(must(parseEnds('2027-01-01T00:00:00+01:00', NOW))).toBe(Date.parse('2026-12-31T23:00:00Z'))
  expect(must(parseEnds('1w2d', NOW))).toBe(NOW + 9 * DAY)
  expect(wanted('a', { ends: null }).ends).toBeUndefined()
  expect(shownKey({ ...wanted('a'), id: 'abcdefgh', created: NOW })).toEqual({
    ...{ id: 'abcdefgh', name: 'a', scopes: ['read'], created: '2026-11-22T12:00:00.000Z' },
  })
})
