import { listOf, objectOf, textOf, wholeOf, wordOf } from '../stored-value.ts'

/**
 * A change of a zone's keys that takes several steps, because resolvers remember what was before. Times are ISO 8601.
 * `publish-zsk`: the new key is in the DNSKEY set, and does not sign yet (RFC 6781 §4.1.1.1). `retire-zsk`: it signs,
 * and the old one stays for signatures in caches. `publish-ds`: the DS of the new key is wanted at the parent, beside
 * the old one (double-DS, RFC 6781 §4.1.2). `retire-ksk`: the new key signs, and the old one and its DS stay for what
 * is in caches. `disable`: the DS records are to go from the parent before the keys go.
 */
export type Stage = {
  readonly name: StageName
  /** The ids of the keys that go, and of the one that comes; none while the zone is made insecure. */
  readonly from: readonly number[]
  readonly to?: number | undefined
  readonly since: string
  /** The next step is safe from then on. */
  readonly notBefore: string
  /**
   * The time at which the parent was first known to have the new DS, or no DS any more. Missing: the next step waits
   * for the parent.
   */
  readonly parentSince?: string | undefined
}

type StageName = (typeof STAGES)[number]

const STAGES = ['publish-zsk', 'retire-zsk', 'publish-ds', 'retire-ksk', 'disable'] as const

/** @throws Damaged */
export function stageOf(value: unknown): Stage {
  const stage = objectOf(value)
  return {
    name: wordOf(stage.name, STAGES),
    from: listOf(stage.from).map((id) => wholeOf(id, 1, Number.MAX_SAFE_INTEGER)),
    ...(stage.to !== undefined && { to: wholeOf(stage.to, 1, Number.MAX_SAFE_INTEGER) }),
    since: textOf(stage.since),
    notBefore: textOf(stage.notBefore),
    ...(stage.parentSince !== undefined && { parentSince: textOf(stage.parentSince) }),
  }
}
