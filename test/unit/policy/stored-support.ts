import type { Rdata } from '../../../src/dns/index.ts'
import {
  contains,
  type DatacenterMap,
  type Keeper,
  type Kept,
  loadMap,
  loadPolicy,
  membersOf,
  PACING_LOADER,
  type Policy,
  type Script,
  storeMap,
  storePolicy,
} from '../../../src/policy/index.ts'
import { includedIn, ScriptLoader, type ScriptZone, storeIncluded, storeScript } from '../../../src/powerdns/index.ts'

/** Tells what is kept beside the JSON, in memory: equal content once. */
export class Memory {
  readonly rdatas: Rdata[] = []
  readonly words: Uint32Array[] = []
  readonly octets: Uint8Array[] = []
  /** Lists of texts, as JSON. */
  readonly texts: string[] = []

  readonly keeper: Keeper = {
    rdata: (rdata) => numberIn(this.rdatas, rdata),
    words: (values) => arrayIn(this.words, values.slice()),
    octets: (bytes) => arrayIn(this.octets, bytes.slice()),
    texts: (list) => numberIn(this.texts, JSON.stringify(list)),
  }

  readonly kept: Kept = {
    rdata: (number) => elementOf(this.rdatas, number),
    words: (number) => elementOf(this.words, number),
    octets: (number) => elementOf(this.octets, number),
    texts: (number) => JSON.parse(elementOf(this.texts, number)) as readonly string[],
  }
}

function numberIn<T>(list: T[], value: T): number {
  const known = list.indexOf(value)
  return known < 0 ? list.push(value) - 1 : known
}

function arrayIn<T extends Uint8Array | Uint32Array>(list: T[], values: T): number {
  const known = list.findIndex((one) => one.length === values.length && one.every((value, i) => value === values[i]))
  return known < 0 ? list.push(values) - 1 : known
}

function elementOf<T>(list: readonly T[], number: number): T {
  const element = list[number]
  if (element === undefined) throw new RangeError(`there is no number ${number}; expected one below ${list.length}`)
  return element
}

/** A policy as it is stored: its JSON, that of the maps and the code that it names, and what is kept beside them. */
export type StoredPolicy = {
  readonly json: string
  readonly maps: ReadonlyMap<string, string>
  readonly included: ReadonlyMap<string, string>
  readonly memory: Memory
}

export function stored(policy: Policy, memory = new Memory()): StoredPolicy {
  const { keeper } = memory
  return {
    json: JSON.stringify(storePolicy(policy, keeper, (script) => storeScript(script, keeper))),
    maps: new Map(mapsIn(policy).map((map) => [map.name, JSON.stringify(storeMap(map, keeper))])),
    included: new Map(
      [...includedIn(scriptsIn(policy))].map(([name, codes]) => [name, JSON.stringify(storeIncluded(codes, keeper))]),
    ),
    memory,
  }
}

/** Loads a policy, with the scripts of a zone. */
export function loaded({ json, maps, included, memory }: StoredPolicy, zone: Omit<ScriptZone, 'included'>): Policy {
  const { kept } = memory
  const scripts = new ScriptLoader({
    ...zone,
    included: (name) => {
      const text = included.get(name)
      return text === undefined ? undefined : { value: JSON.parse(text), kept }
    },
  })
  return loadPolicy(JSON.parse(json), {
    kept,
    map: (name) => {
      const text = maps.get(name)
      return text === undefined ? undefined : loadMap(JSON.parse(text), kept)
    },
    script: scripts.load,
    pacing: PACING_LOADER,
  })
}

function mapsIn(policy: Policy): DatacenterMap[] {
  return [...(policy.kind === 'datacenters' ? [policy.map] : []), ...membersOf(policy).flatMap(mapsIn)]
}

function scriptsIn(policy: Policy): Script[] {
  const scripts: Script[] = []
  contains(policy, (one) => {
    if (one.kind === 'script') scripts.push(one)
    return false
  })
  return scripts
}
