export { buildQuery, type QueryOptions } from './build-query.ts'
export { whyNotAlgorithm, whyNotDigest } from './dnssec-advice.ts'
export { edeName } from './ede-name.ts'
export type { Header } from './header.ts'
export { keyOf, labelOffsets, PORTABLE, plainKey, ROOT } from './name.ts'
export { rdataFromOctets } from './octets.ts'
export { escapeBytes, escapeRawOctets, RAW_OCTET } from './presentation.ts'
export * from './query-path.ts'
export { EDE, type ExtendedError, type Rcode, rcodeName } from './rcode.ts'
export {
  cutString,
  hasStrings,
  isSignature,
  masterFileRecord,
  parseRdata,
  parseRdataText,
  rdataFromWire,
  rdataWithHints,
  storableType,
  suspectRdata,
} from './rdata.ts'
export { formatRelative } from './relative-name.ts'
export { looksLikeTtl, parseTtl } from './ttl.ts'
