export { FIELDS, type Field, mergeSurveys, pack, RangeList, type Survey } from './build.ts'
export { Database, type Located, NO_DATABASE } from './database.ts'
export { byDistance, type Coordinates, coordinatesOf, greatCircleKm, squaredDegrees } from './distance.ts'
export type { Division, Outcome } from './division.ts'
export { LEVELS, type Level, Levels, parseLevelKey } from './levels.ts'
export {
  formatPlace,
  isNowhere,
  NOWHERE,
  type Place,
  type PlaceClaims,
  placeOf,
} from './place.ts'
export type { Effort } from './run.ts'
export { locate, type Whereabouts } from './whereabouts.ts'
