export { Adopter, type Looked } from './adopter.ts'
export { AliasWriter } from './alias-writer.ts'
export { askWhole, type Needs, type Sources } from './ask-whole.ts'
export { AskedCopy } from './asked-copy.ts'
export { AskedTeller } from './asked-teller.ts'
export {
  API,
  type Catalog,
  DEV,
  type Dropped,
  EMPTY_CATALOG,
  formatCatalog,
  type HeadMetadata,
  KV,
  type PublishedZone,
  parseCatalog,
  parseEntry,
  parseHeadMetadata,
  publishedZones,
  type ZoneEntry,
  type ZoneSize,
} from './catalog.ts'
export { DAMAGED, viewCatalog } from './catalog-view.ts'
export { CatalogWriter, type Flushed } from './catalog-writer.ts'
export { type Compiled, compiledOf, type KeptCompiled, recompiledOf } from './compiled.ts'
export { parsePartMetadata } from './conclude.ts'
export { platformTimer, type Timer } from './deadline.ts'
export { GEO_KEY, type GeoManifest, geoBodyKeys, parseGeoManifest } from './geo-shapes.ts'
export { keepGoodOverrides } from './good-overrides.ts'
export { checkedValue, type KvOctetsReader } from './immutable.ts'
export { isSoon } from './in-order.ts'
export { inTime } from './in-time.ts'
export {
  DNSSEC_KEY_PREFIX,
  type KeySetPointer,
  type KeySetPut,
  keySetDeletes,
  keySetPointers,
  keySetWrites,
  lostKeySets,
  parseKeySetPointer,
  withKeySets,
} from './key-sets.ts'
export type { Noticed, ZoneLedgers } from './ledgers.ts'
export { OutsideCopy } from './outside-copy.ts'
export { limitsOf } from './plan-limits.ts'
export { ORPHAN_MS, type Publication, type PublishPlan, planPublish, type Standing } from './publish.ts'
export * from './query-path.ts'
export { RECONCILE_MS, reconcile } from './reconcile.ts'
export { MIN_CACHE_TTL_SECONDS } from './refreshed.ts'
export { parseSealed, sealVantage } from './sealed-vantage.ts'
export {
  ALIASES_KEY,
  CATALOG_KEY,
  dnssecKey,
  HEAD_KEY_PREFIX,
  hashText,
  headKey,
  healthKey,
  keyedOrigin,
  OVERRIDES_KEY,
  originKey,
  PART_KEY_PREFIX,
  partKey,
  SOURCE_KEY_PREFIX,
  ZONE_KEY_PREFIX,
  zoneKey,
} from './shapes.ts'
export type { RefusedZone } from './snapshot.ts'
export { documentOf, pieceKeys, type Source, sourceOf } from './source.ts'
export { rowsOf, type SqlStorage } from './sql.ts'
export { type HeadValues, servedOf, sweep, valuesIn } from './sweep.ts'
export { keysOfText, partsOf, valuesOfText } from './text-parts.ts'
export { entryOf, validate } from './validate.ts'
export { graver, type KvWriter, VantageWriter, type VantageWriterOptions } from './vantage-writer.ts'
export { type KvMetadataReader, MAX_BULK_KEYS, type Stored } from './zone-reads.ts'
export { lackingPuts, type PublishPut, type ZoneWrites } from './zone-writes.ts'
