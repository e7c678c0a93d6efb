export type { HealthCalls } from '../powerdns/index.ts'
export { type Answered, answer, type Context, type Reply } from './answer.ts'
export type { Asker, Walking } from './asker.ts'
export { type Chain, NO_CHAIN } from './chain.ts'
export { type CompileAids, type CompiledZone, compileZone } from './compile.ts'
export type { Decider, Drawn } from './decider.ts'
export {
  type RrsetDocument,
  type ScriptsDocument,
  type SoaDocument,
  type ZoneDocument,
  zoneSchema,
} from './document.ts'
export { type Decided, withHints } from './hints.ts'
export { PolicyInput } from './policy-input.ts'
export type { Resolution } from './resolution.ts'
export { resolve } from './resolve.ts'
export { Resolver } from './resolver.ts'
export type { Step } from './trace.ts'
export {
  type AskingZone,
  countProbes,
  findRrset,
  lookup,
  type PolicyRrset,
  type Zone,
  type ZoneNode,
} from './zone.ts'
export { loadedZones, Origins, type ZoneState, type Zones } from './zones.ts'
