import { formatName } from '../../dns/query-path.ts'
import type { Guard } from '../../health/query-path.ts'
import {
  type DatacenterMap,
  type Kept,
  loadMap,
  loadPolicy,
  type PacingLoader,
  type Policy,
  type Script,
  type Stored,
} from '../../policy/query-path.ts'
import { err, ok, type Result } from '../../result.ts'
import { Damaged, listOf, maybe, parsedOf, textOf } from '../../stored-value.ts'
import { negativeOf, type Zone } from '../zone.ts'
import { Damage } from './damage.ts'
import { type Head, wireText } from './head.ts'
import type { NodeCache } from './node-cache.ts'
import { Part, type PartContext } from './part.ts'
import { PartSlot, type Residents } from './part-slots.ts'
import { StoredNames } from './stored-names.ts'
import { type RdataAids, Tables } from './tables.ts'
import { type Proof, readValue, wordsOf } from './value.ts'

/** The memory that an isolate shares among its zones. */
export type Keeping = { readonly cache: NodeCache; readonly residents: Residents }

/** The code that a head needs, as its `needs` say. */
export type OpenAids = RdataAids & {
  /** Makes the loader of a zone's scripts. */
  readonly scripts?: ((zone: ScriptsOfZone) => LoadScript) | undefined
  readonly pacing?: PacingLoader<Policy> | undefined
  /** Reads the guard of a zone. @param zone the origin without the final dot */
  readonly readGuard?: ((zone: string, value: unknown) => Guard) | undefined
  /** Adds the names that tell health. */
  readonly tellingNames?: ((names: StoredNames) => StoredNames) | undefined
}

type LoadScript = (stored: Stored, kept: Kept) => Script

/** The parts of a zone that its scripts need. */
type ScriptsOfZone = Pick<Zone, 'origin'> & {
  readonly head: Head
  readonly included: (name: string) => { readonly value: unknown; readonly kept: Kept } | undefined
}

/** A zone that is used as it was read. */
export class StoredZone implements Zone {
  readonly head: Head
  readonly origin: Zone['origin']
  readonly serial: number
  readonly negative: Zone['negative']
  readonly names: StoredNames
  readonly asksTargets: boolean
  readonly usesHealth: boolean
  readonly usesPlaces: boolean
  readonly clientSubnet: Zone['clientSubnet']
  readonly access: Zone['access']
  readonly guard: Zone['guard']
  readonly damage = new Damage()
  private readonly context: PartContext
  private readonly aids: OpenAids

  private constructor(head: Head, { cache, residents }: Keeping, aids: OpenAids) {
    const [slots, nodes, ...tables] = head.sections as [Uint8Array, Uint8Array, ...Uint8Array[]]
    const { origin, serial, soa } = head
    this.head = head
    this.aids = aids
    this.origin = origin
    this.serial = serial
    this.asksTargets = head.asksTargets
    this.usesHealth = head.usesHealth
    this.usesPlaces = head.usesPlaces
    this.clientSubnet = head.clientSubnet
    this.access = head.access
    const shared = new Tables(tables, aids)
    this.negative = negativeOf(origin, soa[0], shared.rdata(soa[1]))
    this.context = { originKey: origin.key, cache, loadPolicy: this.policyReader(shared), damage: this.damage }
    const inline = head.parts.length === 0
    const kept = Array.from(head.borders, (_, number) => new PartSlot(head.parts, number, residents))
    // The names of a small zone go when the zone goes: they are not counted by themselves.
    if (inline) kept[0]?.hold(new Part(wordsOf(slots), nodes, shared, this.context), head.octets)
    const names = new StoredNames(this.context, head.borders, kept)
    this.names = (head.tellsHealth && aids.tellingNames?.(names)) || names
    this.guard =
      head.guard === undefined
        ? undefined
        : aids.readGuard?.(withoutDot(formatName(origin.key)), shared.policy(head.guard))
  }

  /** Opens a zone. Its parts, if it has any, are filled in when they are asked for. */
  static open(head: Head, keeping: Keeping, aids: OpenAids): Result<StoredZone> {
    return damageIn(() => new StoredZone(head, keeping, aids))
  }

  /** Takes the octets of a part. One of other names is refused: it would deny those that it has not. */
  fill(number: number, octets: Uint8Array, proof?: Proof): Result<true> {
    const value = readValue('part', octets, proof)
    if (!value.ok) return value
    const [span, slots, nodes, ...tables] = value.value as [Uint8Array, Uint8Array, Uint8Array, ...Uint8Array[]]
    return damageIn(() => {
      this.expectSpan(number, span)
      const part = new Part(wordsOf(slots), nodes, new Tables(tables, this.aids), this.context)
      this.names.slot(number)?.fill(part, octets.length)
      return true
    })
  }

  /** Gives back the memory of a zone that is not served any more. */
  release(): void {
    this.names.drop()
  }

  /** Takes the parts that the version before has in memory, too: a changed record changes one of them. */
  inherit(before: StoredZone): void {
    const held = new Map(before.names.held().map((slot) => [slot.hash, slot]))
    if (held.size === 0) return
    let number = 0
    for (const hash of this.head.parts) {
      const slot = held.get(hash)
      if (slot?.part) this.names.slot(number)?.fill(slot.part.in(this.context), slot.octets)
      number++
    }
  }

  /** @throws `Damaged` for a part of another zone, or of other names of this one */
  private expectSpan(number: number, octets: Uint8Array): void {
    const { origin, borders } = this.head
    const [wire, from, to] = listOf(parsedOf(decoder.decode(octets)))
    const isIt =
      textOf(wire) === wireText(origin) && textOf(from) === borders[number] && maybe(to, textOf) === borders[number + 1]
    if (!isIt) throw new Damaged('a part of the same zone, with the names between the same borders')
  }

  private policyReader(shared: Tables): PartContext['loadPolicy'] {
    const { head, aids } = this
    const maps = new Map<string, DatacenterMap>()
    const map = (name: string): DatacenterMap | undefined => {
      const number = Object.hasOwn(head.maps, name) ? head.maps[name] : undefined
      const known = maps.get(name)
      if (known || number === undefined) return known
      const loaded = loadMap(shared.policy(number), shared)
      maps.set(name, loaded)
      return loaded
    }
    const included = (name: string): { readonly value: unknown; readonly kept: Kept } | undefined => {
      const number = Object.hasOwn(head.scripts, name) ? head.scripts[name] : undefined
      return number === undefined ? undefined : { value: shared.policy(number), kept: shared }
    }
    const script = aids.scripts?.({ head, origin: head.origin, included })
    const { pacing } = aids
    return (json, kept) => loadPolicy(json, { kept, map, ...(script && { script }), ...(pacing && { pacing }) })
  }
}

/** The root keeps its dot, as in the names of checks. */
const withoutDot = (name: string): string => (name === '.' ? name : name.slice(0, -1))

const decoder = new TextDecoder()

function damageIn<T>(work: () => T): Result<T> {
  try {
    return ok(work())
  } catch (error) {
    if (error instanceof Damaged) return err(error.message)
    throw error
  }
}
