import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KeySet } from '../../../src/dnssec/index.ts'
import { changeKeys, type KeyChange } from '../../../src/zone-keys/index.ts'
import { facts, NOW } from './support.ts'

// A resolver may have anything in its cache that was true within a TTL, and isolates answer with old keys for as long
// as a change takes to reach them. Whatever mix of a DS set, a DNSKEY set and a signed record it has, it must validate.

/** A fact and the time from which on it holds, in seconds. */
type Since<T> = { readonly at: number; readonly what: T }

type World = {
  readonly keys: Since<KeySet | null>[]
  /** The ids of the keys whose DS the parent has. */
  readonly parent: Since<readonly number[]>[]
}

type Ttls = { readonly maxTtl: number; readonly dsTtl: number; readonly propagation: number }

/** Returns what held at some time of [from, to]. */
const within = <T>(all: readonly Since<T>[], from: number, to: number): T[] =>
  all.filter(({ at }, i) => at <= to && (all[i + 1]?.at ?? Number.POSITIVE_INFINITY) > from).map(({ what }) => what)

const DNSKEY_TTL = 3600

/** Returns a mix that does not validate at a time, or undefined. */
function bogusAt(t: number, { keys, parent }: World, { maxTtl, dsTtl, propagation }: Ttls): string | undefined {
  for (const ds of within(parent, t - dsTtl, t)) {
    if (ds.length === 0) continue
    for (const dnskeys of within(keys, t - DNSKEY_TTL - propagation, t)) {
      for (const data of within(keys, t - maxTtl - propagation, t)) {
        if (!validates(ds, dnskeys, data)) return `${t}: DS ${ds}, DNSKEY ${told(dnskeys)}, data of ${told(data)}`
      }
    }
  }
  return undefined
}

const told = (set: KeySet | null): string =>
  set?.keys.map(({ id, flags, active }) => `${id}/${flags}${active ? '+' : ''}`).join(' ') ?? 'none'

function validates(ds: readonly number[], dnskeys: KeySet | null, data: KeySet | null): boolean {
  if (!dnskeys || !data) return false
  const signsSet = dnskeys.keys.filter(({ active, flags }) => active && flags === 257).map(({ id }) => id)
  const zsks = data.keys.filter(({ active, flags }) => active && flags === 256)
  const signsData = zsks.length > 0 ? zsks : data.keys.filter(({ active }) => active)
  const known = new Set(dnskeys.keys.filter(({ published }) => published).map(({ id }) => id))
  return signsSet.some((id) => ds.includes(id) && known.has(id)) && signsData.some(({ id }) => known.has(id))
}

/**
 * Runs through the life of a zone: signing, roll-overs, insecure again. Each step is made as early as it is allowed.
 */
async function live(isSplit: boolean, roles: readonly ('ksk' | 'zsk')[], ttls: Ttls, delays: readonly number[]) {
  const { maxTtl, dsTtl, propagation } = ttls
  let now = 0
  let turn = 0
  const later = (seconds: number): void => {
    now += seconds
  }
  const delay = (): number => delays[turn++ % delays.length] ?? 0
  const world: World = { keys: [{ at: -1e9, what: null }], parent: [{ at: -1e9, what: [] }] }
  let set: KeySet | null = null
  const made = async (change: KeyChange): Promise<string> => {
    const at = NOW + now * 1000
    const outcome = await changeKeys(set ?? undefined, change, facts({ now: at, maxTtl, propagation }))
    if (!outcome.ok) return outcome.error.why
    set = outcome.value.set
    world.keys.push({ at: now, what: set })
    return outcome.value.told.join()
  }
  const parentFollows = (): void => {
    const ids = set?.cds === 'delete' ? [] : (set?.keys.filter(({ ds }) => ds).map(({ id }) => id) ?? [])
    world.parent.push({ at: now, what: ids })
  }
  /** Makes a step as soon as it is not refused as too early: the time is in the refusal. */
  const soon = async (change: KeyChange): Promise<void> => {
    const steps = world.keys.length
    const why = await made(change)
    if (world.keys.length > steps) return
    const until = (Date.parse(/safe from (\S+Z) on/.exec(why)?.[1] ?? '') - NOW) / 1000
    now = until - 0.001
    await made(change)
    expect(world.keys.length).toBe(steps)
    now = until
    await made(change)
    expect(world.keys.length).toBe(steps + 1)
  }
  const told = await made({ kind: 'enable', isSplit })
  now = (Date.parse(/from (\S+Z) on/.exec(told)?.[1] ?? '') - NOW) / 1000
  parentFollows()
  later(delay())
  for (const role of roles) {
    later(delay())
    if (role === 'zsk' && !isSplit) continue
    await made({ kind: 'rollover', role })
    if (role === 'ksk') {
      later(delay())
      parentFollows()
      await made({ kind: 'rollover', isSeen: true, dsTtl })
    }
    await soon({ kind: 'rollover' })
    later(delay() % 100)
    await soon({ kind: 'rollover' })
    expect((set as KeySet | null)?.stage).toBeUndefined()
    later(delay())
    parentFollows()
  }
  later(delay())
  await made({ kind: 'disable' })
  later(delay())
  parentFollows()
  await made({ kind: 'disable', isGone: true, dsTtl })
  await soon({ kind: 'disable' })
  expect(set).toBeNull()
  return { world, end: now }
}

const seconds = fc.integer({ min: 0, max: 200_000 })
const ttls = fc.record({ maxTtl: seconds, dsTtl: seconds, propagation: fc.integer({ min: 0, max: 1000 }) })
const roles = fc.array(fc.constantFrom('ksk' as const, 'zsk' as const), { minLength: 1, maxLength: 3 })

/** Times at which a mix can change, and the moments before. */
function moments({ keys, parent }: World, { maxTtl, dsTtl, propagation }: Ttls): number[] {
  const events = [...keys, ...parent].map(({ at }) => at)
  const spans = [0, dsTtl, DNSKEY_TTL + propagation, maxTtl + propagation]
  return events.flatMap((at) => spans.flatMap((span) => [at + span - 0.001, at + span, at + span + 0.001]))
}

test('a resolver with any mix in its cache validates at every moment, if no step is forced', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      roles,
      ttls,
      fc.array(seconds, { minLength: 5, maxLength: 5 }),
      async (isSplit, order, given, delays) => {
        const { world } = await live(isSplit, order, given, delays)
        const bogus = moments(world, given).map((t) => bogusAt(t, world, given))
        expect(bogus.filter((one) => one !== undefined)).toEqual([])
      },
    ),
    { numRuns: 60 },
  )
})

test('the same judge finds a step that comes a second too early', async () => {
  const given = { maxTtl: 600, dsTtl: 86_400, propagation: 180 }
  const { world } = await live(true, ['zsk', 'ksk'], given, [100])
  const lasts = world.keys.map((_, i) => i).slice(3)
  for (const i of lasts) {
    const keys = world.keys.map((one, j) => (j >= i ? { ...one, at: one.at - 700 } : one))
    if (keys.some(({ at }, j) => j > 0 && at < (keys[j - 1]?.at ?? 0))) continue
    const early = { ...world, keys }
    const found = moments(early, given).some((t) => bogusAt(t, early, given) !== undefined)
    if (found) return
  }
  throw new Error('no early step was found to be bogus')
})
