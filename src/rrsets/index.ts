export { canonicalName, plainName, zoneIdOf, zoneOfId } from './name.ts'
export { parsePatch } from './parse-patch.ts'
export { type PatchOptions, patched } from './patch.ts'
export { rrsetsOf } from './rrsets-of.ts'
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
