export { FIELDS, type Field, mergeSurveys, pack, RangeList, type Survey } from './build.ts'
export type { LocationClaims } from './location.ts'
export type { GeoOutcome } from './partition.ts'
export * from './query-path.ts'
