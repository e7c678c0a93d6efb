export { FIELDS, type Field, mergeSurveys, pack, RangeList, type Survey } from './build.ts'
export type { Outcome } from './division.ts'
export type { PlaceClaims } from './place.ts'
export * from './query-path.ts'
