export { type GuardSettings, readGuardSettings } from './settings.ts'
export { guardTargets, readGuard, ZoneGuard } from './zone-guard.ts'
