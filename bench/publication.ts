import { compiledOf, type Publication, sourceOf } from '../src/store/index.ts'
import { compileZone, countProbes } from '../src/zone/index.ts'

/** A zone document as `publish` writes it. */
export function publicationOf(document: { readonly origin: string }): Publication {
  const compiled = compileZone(document)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error[0]))
  const { zone, document: read } = compiled.value
  return {
    origin: document.origin,
    serial: zone.serial,
    probes: countProbes(zone),
    asks: zone.asksTargets,
    source: () => sourceOf(read),
    compiled: () => compiledOf(zone),
  }
}
