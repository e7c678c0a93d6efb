export { AskedCopy } from './asked-copy.ts'
export { AskedTeller } from './asked-teller.ts'
export { GEO_KEY, type GeoManifest, geoBodyKeys, parseGeoManifest } from './geo-shapes.ts'
export { keepGoodOverrides } from './good-overrides.ts'
export { inTime } from './in-time.ts'
export { type Publication, planPublish } from './publish.ts'
export { reconcile } from './reconcile.ts'
export { MIN_CACHE_TTL_SECONDS, type WaitUntil } from './refreshed.ts'
export {
  CATALOG_KEY,
  type Catalog,
  EMPTY_CATALOG,
  hashText,
  healthKey,
  OVERRIDES_KEY,
  parseCatalog,
} from './shapes.ts'
export { Snapshot } from './snapshot.ts'
export { graver, type KvWriter, VantageWriter, type VantageWriterOptions } from './vantage-writer.ts'
