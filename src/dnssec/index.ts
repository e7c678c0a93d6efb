export { fromBase64, toBase64 } from './base64.ts'
export { dsDigest, keyTag, type PublicKey } from './ds.ts'
export { importSigningKey, type OpenKey } from './key-ring.ts'
export {
  type Algorithm,
  type Digest,
  MAX_ALGORITHM,
  MIN_ALGORITHM,
  type StoredKey,
  USUAL_KEY_TTL,
  USUAL_VALIDITY,
} from './key-set.ts'
export * from './query-path.ts'
export { signResponse } from './sign-response.ts'
export { planSignature } from './signer.ts'
export type { Stage } from './stage.ts'
export { unwrapKey, wrapKey } from './wrap.ts'
