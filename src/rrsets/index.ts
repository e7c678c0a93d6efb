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
