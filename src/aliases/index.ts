export { type AliasAnswer, AliasBook, type AliasQuestion, VOUCHED_MS } from './book.ts'
export { type AliasDocument, entryId, formatAliases, parseAliases } from './document.ts'
export { type AddressType, type AliasEntry, type Served, servedOf } from './entry.ts'
export { type UnresolvedAlias, unresolvedAliases } from './report.ts'
