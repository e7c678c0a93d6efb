import { type Name, nameAt } from '../../dns/query-path.ts'
import type { StalePolicy } from '../../health/query-path.ts'
import { MAX_TTL } from '../../limits.ts'
import { parseSubnetTrust, type SubnetTrust } from '../../net/index.ts'
import { err, ok, type Result } from '../../result.ts'
import {
  Damaged,
  flagOf,
  listOf,
  maybe,
  numberOf,
  objectOf,
  parsedOf,
  textOf,
  wholeOf,
  wordOf,
} from '../../stored-value.ts'
import type { Access } from '../access.ts'
import { PartHashes } from './part-hashes.ts'
import { type Proof, readValue } from './value.ts'

/** The facts of a zone in its head, as JSON. Numbers of tables are those of the head. */
export type HeadMeta = {
  /** The octets of the origin, one character each. */
  readonly origin: string
  readonly serial: number
  /** The SOA of negative answers: its TTL, and the number of its data. */
  readonly soa: readonly [ttl: number, rdata: number]
  readonly stale: StalePolicy
  readonly asksTargets: boolean
  readonly usesHealth: boolean
  readonly usesPlaces: boolean
  /** `on`, `off`, or networks; null for the Worker's setting. */
  readonly clientSubnet: readonly string[] | null
  /** The clients that may ask the zone; left out for everybody. */
  readonly access?: { readonly token: boolean; readonly networks: readonly string[] } | undefined
  /**
   * Code that not every isolate loads: that of scripts, of hints that answers fill in, and of what comes back gently.
   * `access` is none: a Worker that knows nothing of it must not serve the zone to everybody, and refuses what it does
   * not know here.
   */
  readonly needs: readonly Need[]
  /** Maps of datacenters, and code that scripts include: names, and numbers of their JSON. */
  readonly maps: Readonly<Record<string, number>>
  readonly scripts: Readonly<Record<string, number>>
  /** The number of the JSON of the zone's guard; left out if it has none, as by an earlier version. */
  readonly guard?: number | undefined
  /** True if `_health` in front of a name tells the states of its targets; else left out. */
  readonly tellsHealth?: boolean | undefined
  /** The hash of the checks, if there are any. */
  readonly checks: string | null
  /** For people. */
  readonly names: number
  readonly rrsets: number
}

const NEEDS = ['scripts', 'hints', 'pacing', 'access'] as const
export type Need = (typeof NEEDS)[number]

/** A head whose octets were checked. */
export type Head = Omit<HeadMeta, 'origin' | 'clientSubnet' | 'access'> & {
  readonly origin: Name
  readonly clientSubnet: SubnetTrust | undefined
  readonly access: Access | undefined
  /** The sort text of the first name of each part. */
  readonly borders: readonly string[]
  /** The hash of each part; none for a small zone, whose names are in the head. */
  readonly parts: PartHashes
  /** The names of a small zone, and the tables. */
  readonly sections: readonly Uint8Array[]
  readonly octets: number
}

/** Reads the head of a zone, or says what is wrong with it. */
export function readHead(octets: Uint8Array, proof?: Proof): Result<Head> {
  const value = readValue('head', octets, proof)
  if (!value.ok) return value
  const [meta, borders, hashes, ...sections] = value.value as [Uint8Array, Uint8Array, Uint8Array, ...Uint8Array[]]
  try {
    const list = listOf(parsedOf(decoder.decode(borders))).map(textOf)
    const parts = new PartHashes(hashes)
    const isSorted = list.every((border, i) => (i === 0 ? border === '' : border > (list[i - 1] as string)))
    if (list.length !== Math.max(1, parts.length) || !isSorted) throw new Damaged('a border for each part, in order')
    return ok({ ...metaOf(parsedOf(decoder.decode(meta))), borders: list, parts, sections, octets: octets.length })
  } catch (error) {
    if (error instanceof Damaged) return err(error.message)
    throw error
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: false })

function metaOf(value: unknown): Omit<Head, 'borders' | 'parts' | 'sections' | 'octets'> {
  const fields = objectOf(value)
  const stale = objectOf(fields.stale)
  const [ttl, rdata] = listOf(fields.soa)
  const needs = listOf(fields.needs).map((need) => wordOf(need, NEEDS))
  const access = maybe(fields.access ?? null, accessOf)
  // A zone that is not for everybody says so twice.
  if (needs.includes('access') !== (access !== undefined)) throw new Damaged('"access" with what it is')
  return {
    origin: originOf(textOf(fields.origin)),
    serial: wordIn(fields.serial),
    soa: [wholeOf(ttl, 0, MAX_TTL), wordIn(rdata)],
    stale: { after: numberOf(stale.after), policy: wordOf(stale.policy, ['keep', 'up']) },
    asksTargets: flagOf(fields.asksTargets),
    usesHealth: flagOf(fields.usesHealth),
    usesPlaces: flagOf(fields.usesPlaces),
    clientSubnet: maybe(fields.clientSubnet, trustOf),
    access,
    needs,
    maps: numbersOf(fields.maps),
    scripts: numbersOf(fields.scripts),
    guard: maybe(fields.guard ?? null, wordIn),
    tellsHealth: fields.tellsHealth === true,
    checks: maybe(fields.checks, textOf) ?? null,
    names: wordIn(fields.names),
    rrsets: wordIn(fields.rrsets),
  }
}

function originOf(text: string): Name {
  const wire = Uint8Array.from(text, (character) => character.charCodeAt(0))
  const name = nameAt(wire, 0)
  if (name?.wire.length !== text.length || wireText(name) !== text) throw new Damaged('a name in wire form')
  return name
}

/** A name's octets as a text: one character each. */
export const wireText = ({ wire }: Name): string => String.fromCharCode(...wire)

const wordIn = (value: unknown): number => wholeOf(value, 0, 2 ** 32 - 1)

function trustOf(value: unknown): SubnetTrust {
  const trust = parseSubnetTrust(listOf(value).map(textOf))
  if (!trust.ok) throw new Damaged('networks')
  return trust.value
}

function accessOf(value: unknown): Access {
  const { token, networks } = objectOf(value)
  return { token: flagOf(token), networks: trustOf(networks) }
}

function numbersOf(value: unknown): Readonly<Record<string, number>> {
  const entries = Object.entries(objectOf(value)).map(([name, number]) => [name, wordIn(number)] as const)
  return Object.fromEntries(entries)
}
