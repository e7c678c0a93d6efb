export type { KeysChanged, LedgerCalls, Ledgers, ListedZone, PastChange, Reading } from './calls.ts'
export type { CatalogCalls, Noticed, Switched } from './catalog-calls.ts'
export type { Author, Change, Changed, Condition, Refused, Version } from './change.ts'
export { KeyBook } from './key-book.ts'
export { Ledger } from './ledger.ts'
export type { CatalogWriter } from './publication.ts'
export { RecentZones } from './recent.ts'
export {
  NO_SIGNING,
  SIGNING_METADATA,
  type Signing,
  type SigningChange,
  type SigningKey,
  type SigningMetadata,
  signingChanged,
} from './signing.ts'
export { storedOrigin } from './state.ts'
export type { LedgerStorage } from './storage.ts'
export { summaryOf } from './summary.ts'
export { listedZones, ZoneIndex } from './zone-index.ts'
