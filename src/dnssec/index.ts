export {
  type Algorithm,
  type Digest,
  type KeySet,
  MAX_VALIDITY_DAYS,
  MIN_VALIDITY_DAYS,
  parseKeySet,
  type StoredKey,
  USUAL_KEY_TTL,
  USUAL_VALIDITY,
  type Validity,
} from './key-set.ts'
export { unwrapKey, wrapKey } from './wrap.ts'
