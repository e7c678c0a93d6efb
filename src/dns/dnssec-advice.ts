/** RFC 8624 §3.1 and RFC 9904: algorithms that must not, or should not, sign; by their number. */
const ALGORITHMS: ReadonlyMap<number, string> = new Map([
  [1, 'which must not sign'],
  [3, 'which must not sign'],
  [5, 'which must not sign: SHA-1'],
  [6, 'which must not sign'],
  [7, 'which must not sign: SHA-1'],
  [10, 'which is not recommended'],
  [12, 'which must not sign'],
])

/** RFC 8624 §3.3: digests that no DS record is to have. */
const DIGESTS: ReadonlyMap<number, string> = new Map([
  [1, 'SHA-1, which RFC 8624 forbids'],
  [3, 'GOST, which RFC 8624 forbids'],
])

/**
 * Returns why nobody should sign with an algorithm, as the end of a sentence; undefined for one that is recommended or
 * unknown.
 */
export const whyNotAlgorithm = (algorithm: number): string | undefined => ALGORITHMS.get(algorithm)

/** Returns what is wrong with the digest of a DS record. */
export const whyNotDigest = (digestType: number): string | undefined => DIGESTS.get(digestType)
