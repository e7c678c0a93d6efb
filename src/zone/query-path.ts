export type { HealthCalls } from '../powerdns/index.ts'
export { type Answered, answer, type Context, type Reply } from './answer.ts'
export type { AskingZone, Zone } from './zone.ts'
export { Origins, type ZoneState, type Zones } from './zones.ts'
