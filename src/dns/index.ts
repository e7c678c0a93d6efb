export { type Asking, buildQuery } from './build-query.ts'
export { type Ecs, ecsAddress } from './ecs.ts'
export type { Rdata, RdataError } from './layout.ts'
export {
  formatName,
  formatRelative,
  isSubdomain,
  keyOf,
  labelOffsets,
  type Name,
  type NameKey,
  nameFromWire,
  PORTABLE,
  parentKey,
  parseName,
  ROOT,
  WILDCARD_LABEL,
} from './name.ts'
export { rdataFromOctets } from './octets.ts'
export { quote } from './parts.ts'
export { escapeBytes, type Field, splitFields, unescapeText } from './presentation.ts'
export { type NotAQuery, OPTION, parseQuery, payloadSizeOf, type Query, type QueryEdns, Question } from './query.ts'
export {
  EDE,
  type ExtendedError,
  edeName,
  failure,
  type QueryError,
  RCODE,
  type Rcode,
  rcodeName,
} from './rcode.ts'
export { masterFileText, parseRdata, parseRdataText, storableType, suspectRdata } from './rdata.ts'
export { type AutoHints, autoHints, fillHints } from './rdata-svcb.ts'
export { encodeReply, NO_RECORDS, type Response, type Rrset } from './reply.ts'
export { looksLikeTtl, parseTtl } from './ttl.ts'
export { CLASS, parseType, TYPE, typeName } from './types.ts'
