export { fromBase64, toBase64 } from './base64.ts'
export { dnskeyRdata, dsDigest, keyTag, type PublicKey } from './ds.ts'
export { importSigningKey, type OpenKey } from './key-ring.ts'
export {
  type Algorithm,
  type Digest,
  MAX_ALGORITHM,
  MAX_VALIDITY_DAYS,
  MIN_ALGORITHM,
  MIN_VALIDITY_DAYS,
  type StoredKey,
  USUAL_KEY_TTL,
  USUAL_VALIDITY,
  type Validity,
} from './key-set.ts'
export * from './query-path.ts'
export { signResponse } from './sign-response.ts'
export { type PlannedSignature, planSignature } from './signer.ts'
export type { Stage, StageName } from './stage.ts'
export { unwrapKey, wrapKey } from './wrap.ts'
