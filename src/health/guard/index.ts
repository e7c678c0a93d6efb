export { type Guards, guardedBy, guardedIn, NO_GUARDS } from './guards.ts'
export { type GuardSettings, readGuardSettings } from './settings.ts'
export { guardTargets, readGuard, ZoneGuard } from './zone-guard.ts'
