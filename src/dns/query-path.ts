export { type Ecs, ecsAddress } from './ecs.ts'
export type { Rdata } from './layout.ts'
export { type Lead, leadOf, leadsOn } from './leads.ts'
export {
  formatName,
  isSubdomain,
  type Name,
  type NameKey,
  nameAt,
  nameFromWire,
  parentKey,
  parseName,
  WILDCARD_LABEL,
} from './name.ts'
export { quote, splitFields, unescapeText } from './presentation.ts'
export { EDNS_FLAGS, EDNS_PAYLOAD, ednsField, type NotAQuery, parseQuery, type Query, Question } from './query.ts'
export { failure, type QueryError, RCODE } from './rcode.ts'
export { encodeReply, NO_RECORDS, type Response, type Rrset } from './reply.ts'
export { Slab } from './slab.ts'
export { CLASS, parseType, TYPE, typeName } from './types.ts'
