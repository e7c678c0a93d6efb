import { splitFields, whyNotAlgorithm, whyNotDigest } from '../dns/index.ts'
import type { Warning } from '../policy/index.ts'
import { type Owner, plainTexts } from './expressions.ts'

/** The index of the field that has the algorithm, and of that of the digest (RFC 4034 §2.2, §5.3). */
const FIELDS: Readonly<Record<string, { readonly algorithm: number; readonly digest?: number } | undefined>> = {
  DS: { algorithm: 1, digest: 2 },
  CDS: { algorithm: 1, digest: 2 },
  DNSKEY: { algorithm: 2 },
  CDNSKEY: { algorithm: 2 },
}

/**
 * Warns of records of DNSSEC with an algorithm or a digest that RFC 8624 or RFC 9904 advise against: of child zones,
 * mostly.
 */
export function lintDnssec(owners: readonly Owner[]): Warning[] {
  const warnings: Warning[] = []
  for (const [owner, types] of owners) {
    for (const [type, rrset] of Object.entries(types)) {
      const at = FIELDS[type.toUpperCase()]
      if (!at) continue
      for (const { text, path } of plainTexts(rrset, ['records', owner, type])) {
        const fields = splitFields(text)
        if (!fields.ok) continue
        const numberAt = (index: number): number => Number(fields.value[index]?.text)
        const algorithm = numberAt(at.algorithm)
        const why = whyNotAlgorithm(algorithm)
        const message = `${type} has algorithm ${algorithm}, ${why}; expected a key of algorithm 13 or 15 (RFC 8624)`
        if (why !== undefined) warnings.push({ path, message })
        const digest = at.digest === undefined ? undefined : whyNotDigest(numberAt(at.digest))
        if (digest !== undefined)
          warnings.push({ path, message: `${type} has the digest ${digest}; expected digest 2` })
      }
    }
  }
  return warnings
}
