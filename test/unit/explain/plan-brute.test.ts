import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NetworkChange, Outcomes } from '../../../src/explain/index.ts'
import type { Health } from '../../../src/health/index.ts'
import { formatAddress } from '../../../src/net/index.ts'
import { loadedZones, rrsetText, type Zone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { outcomes } from '../both-forms.ts'
import { database, expression, healthOf, wwwPolicy } from '../policy/stored-arbitraries.ts'
import { reopened } from '../stored-zone.ts'
import { address, prefix, questionOf, seeded } from '../support.ts'
import { networkFinder, planOf } from './plan-support.ts'

const QUESTION = questionOf('www.example.com.', 'A')

/** Explain's results for one client: the records with their chances, and the endings with theirs. */
type Told = { readonly records: Record<string, string | null>; readonly endings: Record<string, string | null> }

function told(zone: Zone, client: string, health: Health): Told {
  const asker = { client: address(client), health, random: seeded(1), identity: '', places: { database } }
  const { records, endings }: Outcomes = outcomes(QUESTION, loadedZones([zone]), asker)
  return {
    records: Object.fromEntries(records.map(({ text, chance }) => [text, chance?.toFraction() ?? null])),
    endings: Object.fromEntries(endings.map(({ ending, chance }) => [ending, chance?.toFraction() ?? null])),
  }
}

const planned = (network: NetworkChange, side: 'before' | 'after'): Told => ({
  records: Object.fromEntries(network[side].map(({ data, probability }) => [data, probability])),
  endings: network.status
    ? Object.fromEntries(network.status[side].map(({ ending, probability }) => [ending, probability]))
    : { records: '1' },
})

/** Addresses at both ends of each network, and beside it. */
function bordersOf(prefixes: readonly string[]): string[] {
  return prefixes.flatMap((text) => {
    const { family, bytes, length } = prefix(text)
    const last = bytes.map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, length - 8 * i))))
    const beside = [step(bytes, -1), step(last, 1)].filter((one) => one !== undefined)
    return [bytes, last, ...beside].map((one) => formatAddress({ family, bytes: one }))
  })
}

function step(bytes: Uint8Array, by: 1 | -1): Uint8Array | undefined {
  const next = Uint8Array.from(bytes)
  for (let i = next.length - 1; i >= 0; i--) {
    const sum = (next[i] as number) + by
    next[i] = sum & 255
    if (sum >= 0 && sum < 256) return next
  }
  return undefined
}

const FIXED = [
  '10.1.2.3',
  '10.0.0.1',
  '11.0.0.1',
  '192.0.2.7',
  '192.0.2.8',
  '203.0.113.9',
  '0.0.0.0',
  '2001:db8::1',
  '::',
  '::1',
]
const clients = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => formatAddress({ family: 1, bytes })),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatAddress({ family: 2, bytes })),
  ),
  { minLength: 5, maxLength: 10 },
)
const isMapped = (client: string): boolean => client.startsWith('::ffff:')

test('plan: each client gets before and after what its network says, with the chances of explain, and all others get the same', () => {
  let changed = 0
  let hashed = 0
  let same = 0
  fc.assert(
    fc.property(expression, expression, healthOf, clients, (one, other, makeHealth, random) => {
      const before = wwwPolicy(one)
      const after = wwwPolicy(other)
      fc.pre(before !== undefined && after !== undefined)
      if (!before || !after) return
      const health = makeHealth(before.zone)
      const made = planOf([before.zone], [after.zone], { states: [{ name: undefined, health }], database })
      const change = made.changes.find(({ type }) => type === 'A')
      const networks = change?.networks ?? []
      const prefixes = networks.map((network) => network.prefix)
      const find = networkFinder(prefixes)
      const all = [...FIXED, ...random, ...bordersOf(prefixes.slice(0, 40))].filter((client) => !isMapped(client))
      for (const client of new Set(all)) {
        const [was, is] = [told(before.zone, client, health), told(after.zone, client, health)]
        const network = networks[find(client)]
        if (!network) {
          if (change?.cut) continue
          same++
          expect([client, is]).toEqual([client, was])
        } else if (network.byHash) {
          hashed++
          expect(Object.keys(planned(network, 'before').records)).toEqual(
            expect.arrayContaining(Object.keys(was.records)),
          )
          expect(Object.keys(planned(network, 'after').records)).toEqual(
            expect.arrayContaining(Object.keys(is.records)),
          )
        } else {
          changed++
          expect([client, planned(network, 'before'), planned(network, 'after')]).toEqual([client, was, is])
          if (network.ttl?.before === network.ttl?.after) expect(is).not.toEqual(was)
        }
      }
    }),
    { numRuns: runCount(320) },
  )
  expect(Math.min(changed, hashed, same)).toBeGreaterThan(0)
})

test('rrsetText: any policy has the same text as compiled, and as stored and read back', () => {
  let compared = 0
  fc.assert(
    fc.property(expression, (one) => {
      const made = wwwPolicy(one)
      fc.pre(made !== undefined)
      if (!made) return
      for (const { key, rrsets } of made.zone.names.all()) {
        const stored = reopened(made.zone).names.find(key)
        rrsets.forEach((rrset, i) => {
          const other = stored?.rrsets[i]
          expect(other && rrsetText(other)).toBe(rrsetText(rrset))
          compared++
        })
      }
    }),
    { numRuns: runCount(200) },
  )
  expect(compared).toBeGreaterThan(0)
})
