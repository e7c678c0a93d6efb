export type { HealthCalls } from '../powerdns/index.ts'
export { type Answered, answer, type Context, type Reply } from './answer.ts'
export { type Asker, type Walking, walkingIn } from './asker.ts'
export { type CompileAids, type CompiledZone, compileZone } from './compile.ts'
export {
  type RrsetDocument,
  type ScriptsDocument,
  type SoaDocument,
  type ZoneDocument,
  zoneSchema,
} from './document.ts'
export { PolicyInput } from './policy-input.ts'
export type { Resolution } from './resolution.ts'
export { resolve } from './resolve.ts'
export { cnameTo, substitute, targetOf } from './target.ts'
export type { Step } from './trace.ts'
export {
  type AskingZone,
  countProbes,
  findRrset,
  lookup,
  type PolicyRrset,
  ttlWhile,
  type Zone,
  type ZoneNode,
} from './zone.ts'
export { loadedZones, Origins, type ZoneState, type Zones, zoneFor } from './zones.ts'
