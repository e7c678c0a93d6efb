export type {
  ApiCommentDocument,
  ApiDocument,
  ApiOwnerDocument,
  ApiRecordDocument,
  ApiRrsetDocument,
  ApiRrsetsDocument,
} from './api-document.ts'
export { apiSchema } from './api-document.ts'
export type { Asker } from './asker.ts'
export { type Chain, NO_CHAIN } from './chain.ts'
export { compileZone, type KeptZone, type Progress, recompileZone, ZoneCompilation } from './compilation.ts'
export type { CompileAids, CompiledZone } from './compile.ts'
export {
  type OwnerDocument,
  type RrsetDocument,
  type ScriptsDocument,
  type SoaDocument,
  type TtlDocument,
  type ZoneDocument,
  zoneSchema,
} from './document.ts'
export { type Decided, withHints } from './hints.ts'
export { loadedZones } from './loaded-zones.ts'
export { countProbes, countRecords, type LocalZone } from './local-zone.ts'
export { type MissingPart, NodeMap } from './names.ts'
export { NotingZones } from './noting-zones.ts'
export * from './query-path.ts'
export type { Resolution } from './resolution.ts'
export { resolve } from './resolve.ts'
export { isApexOnly, type Replay } from './resolver.ts'
export { rrsetText } from './rrset-text.ts'
export { askedPoolsWith } from './stored/asked-pools.ts'
export type { KeptWriting } from './stored/kept-parts.ts'
export { scriptsWith } from './stored/scripts.ts'
export { ZoneWriter } from './stored/zone-writer.ts'
export { tellingNames } from './told/index.ts'
export type { Step } from './trace.ts'
export { effectiveTtl } from './zone.ts'
export { zonesOver, zonesWithout } from './zones-over.ts'
