export { type Publication, type PublishPlan, planPublish } from './publish.ts'
export {
  CATALOG_KEY,
  type Catalog,
  hashText,
  parseCatalog,
  parseEntry,
  ZONE_KEY_PREFIX,
  type ZoneEntry,
  zoneKey,
} from './shapes.ts'
