export { type Publication, type PublishPlan, planPublish } from './publish.ts'
export { type KvStore, type Reconciliation, reconcile } from './reconcile.ts'
export type { WaitUntil } from './refreshed.ts'
export {
  CATALOG_KEY,
  type Catalog,
  EMPTY_CATALOG,
  hashText,
  parseCatalog,
  parseEntry,
  ZONE_KEY_PREFIX,
  type ZoneEntry,
  zoneKey,
} from './shapes.ts'
export { type KvReader, Snapshot, type SnapshotEvent, type SnapshotOptions } from './snapshot.ts'
