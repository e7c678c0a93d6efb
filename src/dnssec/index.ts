export { fromBase64, toBase64 } from './base64.ts'
export { dnskeyRdata, dsDigest, keyTag, type PublicKey } from './ds.ts'
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
export type { Stage, StageName } from './stage.ts'
export { unwrapKey, wrapKey } from './wrap.ts'
