export { buildQuery, type QueryOptions } from './build-query.ts'
export { type Ecs, ecsAddress } from './ecs.ts'
export type { Header } from './header.ts'
export type { Rdata } from './layout.ts'
export { type Lead, leadOf, leadsOn } from './leads.ts'
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
export { escapeBytes, escapeRawOctets, RAW_OCTET, splitFields, unescapeText } from './presentation.ts'
export { type NotAQuery, parseQuery, payloadSizeOf, type Query, Question } from './query.ts'
export {
  EDE,
  edeName,
  failure,
  type QueryError,
  RCODE,
  type Rcode,
  rcodeName,
} from './rcode.ts'
export {
  cutString,
  hasStrings,
  isSignature,
  masterFileRecord,
  parseRdata,
  parseRdataText,
  storableType,
  suspectRdata,
} from './rdata.ts'
export { quote } from './rdata-fields.ts'
export { autoHints, fillHints } from './rdata-svcb.ts'
export { encodeReply, NO_RECORDS, type Response, type Rrset } from './reply.ts'
export { looksLikeTtl, parseTtl } from './ttl.ts'
export { CLASS, parseType, TYPE, typeName } from './types.ts'
