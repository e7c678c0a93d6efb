export { type AliasAnswer, AliasBook, type AliasQuestion, VOUCHED_MS } from './book.ts'
export { type AliasDocument, entryId, formatAliases, parseAliases, questionOf } from './document.ts'
export { ADDRESS_TYPES, type AddressType, type AliasEntry, type Served, servedOf, type Told } from './entry.ts'
export { type UnresolvedAlias, unresolvedAliases } from './report.ts'
