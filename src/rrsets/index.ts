export { agreed } from './agreed.ts'
export { createdZone } from './create.ts'
export { exportText, type TransferRecord, transferRecords } from './export-text.ts'
export { allMetadata, type Metadata, metadataOf, parseMetadata, withMetadata } from './metadata.ts'
export { canonicalName, plainName, zoneIdOf, zoneOfId } from './name.ts'
export { parsePatch } from './parse-patch.ts'
export { type PatchOptions, patched } from './patch.ts'
export { replacedZone } from './replace.ts'
export { type RrsetFilter, rrsetsOf } from './rrsets-of.ts'
export { parseSearch, type Search, type SearchResult, searchData } from './search.ts'
export { DEFAULT_RULE, nextSerial } from './serial.ts'
export type {
  NewComment,
  Patched,
  Refusal,
  Rrset,
  RrsetChange,
  RrsetComment,
  RrsetRecord,
  ShownRrset,
} from './types.ts'
export { type KnownZone, type ZoneInfo, type ZoneSummary, zoneInfo, zoneSummary } from './zone-info.ts'
