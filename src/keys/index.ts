export { Guesses } from './guesses.ts'
export {
  type CreatedKey,
  type CreateError,
  createKey,
  type FoundKey,
  findKey,
  hasKeys,
  type KeyStorage,
  listKeys,
  revokeKey,
} from './keep.ts'
export type { Key, Operation, Scope } from './key.ts'
export { KnownTokens, type TokenState } from './known-tokens.ts'
export { mayDo, refusalOf } from './may-do.ts'
export {
  FIRST_KEY,
  firstKey,
  type NewKey,
  parseEnds,
  parseKeyName,
  parseNewKey,
  type ShownKey,
  shownKey,
} from './record.ts'
export { formatScope, parseScope, parseScopes } from './scope.ts'
export { type Fill, isSameHash, isSameSecret, isSecret } from './secret.ts'
export { findSession, type MadeSession, makeSession, type Session, sessionsOf } from './session.ts'
