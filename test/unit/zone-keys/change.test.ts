import { expect, test } from 'vitest'
import { type KeySet, parseKeySet } from '../../../src/dnssec/index.ts'
import { MAX_ZONE_KEYS } from '../../../src/limits.ts'
import { changeKeys, dsFields, type KeyChange, keyStatus, type ParentDs } from '../../../src/zone-keys/index.ts'
import { changed, facts, NOW, SECRET } from './support.ts'

const refused = async (
  set: KeySet | undefined,
  change: KeyChange,
  more = {},
): Promise<{ kind: string; why: string }> => {
  const outcome = await changeKeys(set, change, facts(more))
  if (outcome.ok) throw new Error('it was taken')
  return outcome.error
}

const FOREIGN = '256 3 13 oJMRESz5E4gYzS/q6XDrvU1qMPYIjCWzJaOau8XNEZeqCYKD5ar0IRd8KqXXFJkqmVfRvMGPmM1x8fGAa2XhSA=='

test('a zone is signed by one key, or by two on demand, and stays as it is if it is signed already', async () => {
  const { set, told } = await changed(undefined, { kind: 'enable' })
  expect(set).toMatchObject({ origin: 'example.com', cds: 'publish', digests: [2] })
  expect(set.keys).toMatchObject([{ id: 1, algorithm: 13, flags: 257, active: true, published: true, ds: true }])
  expect(told.join()).toContain('2026-12-01T13:03:00.000Z')
  expect(parseKeySet(JSON.stringify(set))).toEqual(set)
  expect((await changed(set, { kind: 'enable', algorithm: 15, sha384: true })).set).toEqual({ ...set, digests: [2, 4] })
  const split = await changed(undefined, { kind: 'enable', algorithm: 15, isSplit: true })
  expect(split.set.keys).toMatchObject([
    { algorithm: 15, flags: 257, active: true, ds: true },
    { algorithm: 15, flags: 256, active: true, ds: false },
  ])
})

test('the secret has to be there, long, and the one of the other keys', async () => {
  const { set } = await changed(undefined, { kind: 'enable' })
  expect(await refused(undefined, { kind: 'enable' }, { secret: undefined })).toMatchObject({ kind: 'secret' })
  expect(await refused(undefined, { kind: 'enable' }, { secret: 'short' })).toMatchObject({
    why: expect.stringContaining('at least 32 characters'),
  })
  expect(await refused(set, { kind: 'rollover' }, { secret: `${SECRET}!` })).toMatchObject({
    why: expect.stringContaining('expected the secret that it was made with'),
  })
})

test('a zone becomes insecure in steps: the parent first, then caches, then the keys', async () => {
  const { set } = await changed(undefined, { kind: 'enable' })
  const first = await changed(set, { kind: 'disable' })
  expect(first.set).toMatchObject({ cds: 'delete', keys: set.keys, stage: { name: 'disable' } })
  expect(await refused(first.set, { kind: 'disable' })).toMatchObject({
    kind: 'early',
    why: expect.stringMatching(/--ds-gone/),
  })
  expect((await changed(first.set, { kind: 'enable' })).set).toEqual(set)
  const gone = await changed(first.set, { kind: 'disable', isGone: true })
  expect(gone.told.join()).toContain('2026-12-02T12:03:00.000Z')
  const later = { now: NOW + 86_400_000 }
  expect(await refused(gone.set, { kind: 'disable' }, later)).toMatchObject({ kind: 'early' })
  const end = await changeKeys(gone.set, { kind: 'disable' }, facts({ now: NOW + 86_580_000 }))
  expect(end).toMatchObject({ ok: true, value: { set: null } })
  expect(await changeKeys(set, { kind: 'disable', isForced: true }, facts())).toMatchObject({ value: { set: null } })
})

test('a parent that could be asked and has no DS is believed; one that has the new DS too', async () => {
  const { set } = await changed(undefined, { kind: 'enable' })
  const asked = await changed(set, { kind: 'disable' }, { parent: [] })
  expect(asked.set.stage?.parentSince).toBe('2026-12-01T12:00:00.000Z')
  const begun = await changed(set, { kind: 'rollover' })
  const [, key] = begun.set.keys
  if (!key) throw new Error('no new key')
  const parent = parentOf(await dsFields('example.com', key, 2))
  expect(await refused(begun.set, { kind: 'rollover' }, { parent: [] })).toMatchObject({
    why: expect.stringContaining('was asked'),
  })
  const seen = await changed(begun.set, { kind: 'rollover' }, { parent })
  expect(seen.set.stage).toMatchObject({ name: 'publish-ds', parentSince: '2026-12-01T12:00:00.000Z' })
})

const parentOf = (...fields: readonly string[]): ParentDs =>
  fields.map((one) => {
    const [tag, algorithm, digestType, digest = ''] = one.split(' ')
    return { tag: Number(tag), algorithm: Number(algorithm), digestType: Number(digestType), digest }
  })

test('a rollover is taken back until the new key signs', async () => {
  const { set } = await changed(undefined, { kind: 'enable', isSplit: true })
  for (const role of ['ksk', 'zsk'] as const) {
    const begun = await changed(set, { kind: 'rollover', role })
    expect(begun.set.keys).toHaveLength(3)
    expect((await changed(begun.set, { kind: 'cancel' })).set).toEqual(set)
    const other = role === 'ksk' ? 'zsk' : 'ksk'
    expect(await refused(begun.set, { kind: 'rollover', role: other })).toMatchObject({ kind: 'conflict' })
    const signs = await changed(begun.set, { kind: 'rollover', isForced: true })
    expect(signs.set.keys.map(({ active }) => active)).toEqual(
      role === 'ksk' ? [false, true, true] : [true, false, true],
    )
    expect(await refused(signs.set, { kind: 'cancel' })).toMatchObject({ kind: 'conflict' })
    const done = await changed(signs.set, { kind: 'rollover', isForced: true })
    expect(done.set.keys).toHaveLength(2)
    expect(done.set.stage).toBeUndefined()
  }
})

test("another provider's key stands in the set, never signs, and is taken out again", async () => {
  const { set } = await changed(undefined, { kind: 'enable' })
  const added = await changed(set, { kind: 'add', record: `example.com. 3600 IN DNSKEY ${FOREIGN}` })
  expect(added.set.keys[1]).toMatchObject({ id: 2, flags: 256, published: true, active: false, ds: false })
  expect(added.set.keys[1]?.wrapped).toBeUndefined()
  expect(await refused(added.set, { kind: 'set', id: 2, isActive: true, isPublished: true })).toMatchObject({
    kind: 'invalid',
  })
  expect((await changed(added.set, { kind: 'remove', id: 2 })).set).toEqual(set)
  expect(await refused(set, { kind: 'add', record: '256 3 13' })).toMatchObject({ kind: 'invalid' })
})

test('no key is taken that would make the set unreadable', async () => {
  const { set } = await changed(undefined, { kind: 'enable' })
  for (const algorithm of [0, 255, 300, 999]) {
    expect(await refused(set, { kind: 'add', record: FOREIGN.replace(' 13 ', ` ${algorithm} `) })).toEqual({
      kind: 'invalid',
      why: `the algorithm is ${algorithm}; expected 1 to 254, like 13`,
    })
  }
  let full = set
  while (full.keys.length < MAX_ZONE_KEYS) {
    full = (await changed(full, { kind: 'create', flags: 256, isActive: false, isPublished: false })).set
  }
  expect(parseKeySet(JSON.stringify(full)).keys).toHaveLength(MAX_ZONE_KEYS)
  expect(await refused(full, { kind: 'add', record: FOREIGN })).toMatchObject({ kind: 'conflict' })
  const more = { ...full, keys: [...full.keys, ...set.keys] }
  expect(() => parseKeySet(JSON.stringify(more))).toThrow(`at most ${MAX_ZONE_KEYS} keys`)
})

test('no single step leaves a signed zone without a key that signs', async () => {
  const { set } = await changed(undefined, { kind: 'enable' })
  expect(await refused(set, { kind: 'set', id: 1, isActive: false, isPublished: true })).toMatchObject({
    kind: 'conflict',
  })
  const two = await changed(set, { kind: 'create', flags: 257, isActive: true, isPublished: true })
  expect((await changed(two.set, { kind: 'remove', id: 1 })).set.keys).toMatchObject([{ id: 2 }])
  expect(await changeKeys(set, { kind: 'remove', id: 1 }, facts())).toMatchObject({ value: { set: null } })
})

test('the status warns of what is wrong, or will be', async () => {
  const warned = async (set: KeySet | undefined, parent?: ParentDs, now = NOW) =>
    (await keyStatus('example.com', set, parent, now)).warnings
  const { set } = await changed(undefined, { kind: 'enable' })
  const [key] = set.keys
  if (!key) throw new Error('no key')
  const right = parentOf(await dsFields('example.com', key, 2))
  expect(await warned(set, right)).toEqual([])
  expect(await warned(set, [])).toEqual([])
  expect(await warned(set, parentOf('1 13 2 AA'))).toMatchObject([expect.stringContaining('matches no key')])
  expect(await warned(undefined, right)).toMatchObject([expect.stringContaining('has no keys')])
  expect(await warned(set, [...right, ...parentOf('1 13 1 AA')])).toMatchObject([expect.stringContaining('digest 1')])
  expect(await warned(set, right, NOW + 4 * 365 * 86_400_000)).toMatchObject([expect.stringContaining('4 years')])
  const old = { ...key, id: 2, algorithm: 7, wrapped: undefined, active: false }
  expect(await warned({ ...set, keys: [key, old] })).toMatchObject([
    expect.stringContaining('SHA-1'),
    expect.stringContaining('which no key here signs with'),
  ])
  const begun = await changed(set, { kind: 'rollover' })
  expect(await warned(begun.set, right, NOW + 15 * 86_400_000)).toMatchObject([
    expect.stringContaining('waited for the parent'),
  ])
})
