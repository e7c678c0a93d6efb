import type { Name } from '../../../src/dns/index.ts'
import {
  branchOf,
  type Explanation,
  type Part,
  type PartitionOptions,
  partition,
  partsOf,
} from '../../../src/explain/index.ts'
import type { GeoLookup } from '../../../src/geo/index.ts'
import type { Health } from '../../../src/health/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { type Address, addressBits, formatAddress } from '../../../src/net/index.ts'
import type { Zones } from '../../../src/zone/index.ts'
import { explain } from '../both-forms.ts'
import { prefix, seeded } from '../support.ts'

export const NO_CONDITIONS = { health: NO_HEALTH, database: undefined }

export const parts = (name: Name, type: number, zones: Zones, options: Partial<PartitionOptions> = {}): Part[] => [
  ...partsOf(partition(name, type, zones, { ...NO_CONDITIONS, budget: { left: 5_000_000 }, ...options }).pieces),
]

/** Draws addresses of both families: a quarter of the IPv6 addresses are near the networks of tests. */
export function* randomClients(count: number, seed: number): Generator<Address> {
  const random = seeded(seed)
  for (let i = 0; i < count; i++) {
    const family = i % 2 === 0 ? 1 : 2
    const bytes = Uint8Array.from({ length: addressBits(family) / 8 }, () => Math.floor(random() * 256))
    if (i % 4 === 1) bytes.set([0x20, 0x01, 0x0d, 0xb8])
    yield { family, bytes }
  }
}

/** The first and the last address of each network, and their neighbours, but for those that count as IPv4. */
export function bordersOf(prefixes: readonly string[]): Address[] {
  const all = prefixes.flatMap((text) => {
    const { family, bytes, length } = prefix(text)
    const last = bytes.map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, length - 8 * i))))
    return [bytes, last].map((one): Address => ({ family, bytes: one }))
  })
  return all.filter((address) => !formatAddress(address).startsWith('::ffff:'))
}

/** Finds the network that has a client, by its bits, and not by the code under test. */
export function finderOf<T extends { readonly prefix: string }>(list: readonly T[]): (client: Address) => readonly T[] {
  const byLength = new Map<string, Map<string, T[]>>()
  for (const one of list) {
    const { family, bytes, length } = prefix(one.prefix)
    const group = byLength.get(`${family}/${length}`) ?? new Map<string, T[]>()
    byLength.set(`${family}/${length}`, group)
    const bits = bitsOf(bytes).slice(0, length)
    group.set(bits, [...(group.get(bits) ?? []), one])
  }
  return ({ family, bytes }) => {
    const bits = bitsOf(bytes)
    return [...byLength].flatMap(([id, group]) => {
      const [of, length] = id.split('/').map(Number)
      return of === family ? (group.get(bits.slice(0, length)) ?? []) : []
    })
  }
}

const bitsOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')

export type Told = { readonly branch: string; readonly answers: Record<string, string | null> }

/** Tells what `explain` has for a client, who is the connection and the Client Subnet: a database locates both. */
export function explained(
  name: Name,
  type: number,
  client: Address,
  zones: Zones,
  { health = NO_HEALTH, database }: { readonly health?: Health; readonly database?: GeoLookup | undefined } = {},
): Told {
  const question = { name, type, client, ecs: undefined }
  const told: Explanation = explain(question, zones, seeded(1), health, database)
  return { branch: branchOf(question, { zones, health, database }), answers: answersOf(told.answers) }
}

export const answersOf = (
  answers: readonly { readonly data: string; readonly probability: string | null }[],
): Record<string, string | null> => Object.fromEntries(answers.map(({ data, probability }) => [data, probability]))
