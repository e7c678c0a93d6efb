export type { LedgerCalls, Ledgers, ListedZone, PastChange, Reading } from './calls.ts'
export type { CatalogCalls, Noticed, Switched } from './catalog-calls.ts'
export type { Author, Change, Changed, Condition, PlacedError, Refused, Version } from './change.ts'
export { listedZones, ZoneIndex } from './zone-index.ts'
