export type { GeoEvent } from './geo-copy.ts'
export { GEO_KEY, type GeoManifest, geoBodyKey, parseGeoManifest } from './geo-shapes.ts'
export { keepGoodOverrides } from './good-overrides.ts'
export type { HealthEvent } from './health-copy.ts'
export { inTime } from './in-time.ts'
export { type Publication, type PublishPlan, planPublish } from './publish.ts'
export { type KvStore, type Reconciliation, reconcile } from './reconcile.ts'
export type { WaitUntil } from './refreshed.ts'
export {
  CATALOG_KEY,
  type Catalog,
  EMPTY_CATALOG,
  hashText,
  healthKey,
  OVERRIDES_KEY,
  parseCatalog,
  parseEntry,
  ZONE_KEY_PREFIX,
  type ZoneEntry,
  zoneKey,
} from './shapes.ts'
export { type KvReader, Snapshot, type SnapshotEvent, type SnapshotOptions } from './snapshot.ts'
export { graver, type KvWriter, VantageWriter, type VantageWriterOptions } from './vantage-writer.ts'
