import { dirname, resolve } from 'node:path'
import { isSubdomain, type NameKey } from '../../dns/index.ts'
import { loadedZones, type ZoneState, type Zones } from '../../zone/index.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type CompiledFile, compileFile } from './compile-files.ts'
import { type Neighbour, neighboursIn } from './neighbours.ts'

/**
 * Returns the zone of a file, and those of the other files of its folder that are named after their zones. Such a file
 * is compiled when a name of its zone is looked up for the first time: CNAMEs lead to few of them, and all may be many.
 */
export function zonesAround({ file, zone }: CompiledFile, compiling: CompileOptions): Zones {
  const own = loadedZones([zone])
  const compiled = new Map<string, Zones>()
  let neighbours: readonly Neighbour[] | undefined
  const zonesOf = (other: string): Zones => {
    let zones = compiled.get(other)
    if (!zones) {
      const result = compileFile(other, compiling)
      // An error in another file is found when that file is checked.
      zones = loadedZones(result.ok ? [result.value.zone] : [])
      compiled.set(other, zones)
    }
    return zones
  }
  return {
    find(name: NameKey): ZoneState | undefined {
      neighbours ??= neighboursIn(dirname(file)).filter((neighbour) => resolve(neighbour.file) !== resolve(file))
      const others = neighbours.filter((neighbour) => isSubdomain(name, neighbour.zone.key))
      const states = [own, ...others.map((other) => zonesOf(other.file))].flatMap((zones) => zones.find(name) ?? [])
      return states.reduce<ZoneState | undefined>(longest, undefined)
    },
  }
}

function longest(a: ZoneState | undefined, b: ZoneState): ZoneState {
  return a && originOf(a).length >= originOf(b).length ? a : b
}

const originOf = (state: ZoneState): NameKey => (state.kind === 'loaded' ? state.zone.origin.key : state.origin)
