import { DAY_MS } from '../calendar.ts'
import { whyNotAlgorithm, whyNotDigest } from '../dns/index.ts'
import type { KeySet, Stage, StoredKey } from '../dnssec/index.ts'
import type { ParentDs } from './call.ts'
import { dsLines, keysWithDs } from './ds-lines.ts'
import { needsParent, waitsForParent } from './stages.ts'

/** A key as people are shown it: nothing of the private key. */
export type ShownKey = {
  readonly id: number
  readonly tag: number
  readonly algorithm: number
  readonly flags: number
  readonly active: boolean
  readonly published: boolean
  /** True for a key of another provider. */
  readonly foreign?: true
  readonly since: string
}

/** The keys of a zone, as `dnssec status` and the API show them. */
export type KeyStatus = {
  /** With the final dot. */
  readonly zone: string
  readonly enabled: boolean
  readonly keys: readonly ShownKey[]
  /** Lines `example.com. IN DS 12345 13 2 AB…`. */
  readonly ds: readonly string[]
  /** The change of keys that goes on; null if none does. */
  readonly next: NextStep | null
  readonly warnings: readonly string[]
}

type NextStep = {
  /** The name of the stage. */
  readonly stage: Stage['name']
  /** The command that makes the next step. */
  readonly command: 'rollover' | 'disable'
  /** ISO 8601. */
  readonly notBefore: string
  /** The step that has to happen elsewhere before. */
  readonly waitsFor?: string
}

/**
 * Returns what is to be shown of the keys of a zone.
 * @param set undefined for a zone that is not signed
 * @param parent undefined if nobody was asked
 */
export async function keyStatus(
  origin: string,
  set: KeySet | undefined,
  parent: ParentDs | undefined,
  now: number,
): Promise<KeyStatus> {
  const zone = `${origin}.`
  if (!set) {
    const warnings =
      parent && parent.length > 0 ? [`the parent has a DS for ${zone}, which has no keys: it is bogus`] : []
    return { zone, enabled: false, keys: [], ds: [], next: null, warnings }
  }
  return {
    ...{ zone, enabled: true },
    keys: set.keys.map(({ id, tag, algorithm, flags, active, published, since, wrapped }) => ({
      ...{ id, tag, algorithm, flags, active, published, since },
      ...(wrapped === undefined && { foreign: true as const }),
    })),
    ds: await dsLines(set),
    next: set.stage ? nextOf(set.stage) : null,
    warnings: warningsOf(set, parent && { ds: parent, matched: await keysWithDs(set, parent) }, now),
  }
}

const nextOf = (stage: Stage): NextStep => ({
  stage: stage.name,
  command: stage.name === 'disable' ? 'disable' : 'rollover',
  notBefore: stage.notBefore,
  ...(needsParent(stage) && { waitsFor: waitsForParent(stage) }),
})

/** The DS records at the parent of a zone, and the keys that have one there. */
export type ParentFacts = { readonly ds: ParentDs; readonly matched: ReadonlySet<StoredKey> }

/** Returns what is wrong, or will be, with the keys of a zone. */
export function warningsOf(
  { origin, keys, stage, cds }: KeySet,
  parent: ParentFacts | undefined,
  now: number,
): string[] {
  const warnings: string[] = []
  const zone = `${origin}.`
  if (!keys.some(({ active, wrapped, flags }) => active && flags === 257 && wrapped !== undefined)) {
    warnings.push(`${zone} has no active key with flags 257: it cannot be signed`)
  }
  for (const { algorithm, tag } of keys.filter(({ published }) => published)) {
    const why = whyNotAlgorithm(algorithm)
    if (why !== undefined) warnings.push(`key ${tag} of ${zone} has algorithm ${algorithm}, ${why}; expected 13 or 15`)
  }
  const own = new Set(keys.filter(({ wrapped }) => wrapped !== undefined).map(({ algorithm }) => algorithm))
  for (const { algorithm, tag } of keys.filter((key) => key.published && own.size > 0 && !own.has(key.algorithm))) {
    warnings.push(
      `key ${tag} of ${zone} has algorithm ${algorithm}, which no key here signs with; expected the same one at all ` +
        'providers (RFC 8901 §4): some resolvers want a signature of each algorithm',
    )
  }
  if (parent && parent.ds.length > 0) {
    const found = keys.filter((key) => key.ds && parent.matched.has(key))
    const tags = parent.ds.map(({ tag }) => tag).join(', ')
    if (found.length === 0) {
      warnings.push(
        `the DS at the parent (${tags}) matches no key of ${zone}: every answer is bogus; expected "dnssec ds"`,
      )
    } else if (!found.some(({ active }) => active)) {
      warnings.push(`the DS at the parent matches no key of ${zone} that signs`)
    }
    const weak = parent.ds.filter(({ digestType }) => whyNotDigest(digestType) !== undefined)
    if (weak.length > 0) {
      warnings.push(
        `the parent of ${zone} has a DS with digest ${weak[0]?.digestType}, which RFC 8624 forbids; expected digest 2`,
      )
    }
  }
  if (stage && needsParent(stage) && now - Date.parse(stage.since) >= FORGOTTEN_MS) {
    warnings.push(`the change of keys of ${zone} has waited for the parent since ${stage.since}`)
  } else if (stage && !needsParent(stage) && now - Date.parse(stage.notBefore) >= FORGOTTEN_MS) {
    warnings.push(`the next step of the change of keys of ${zone} has been safe since ${stage.notBefore}`)
  }
  for (const { active, since, tag } of cds === 'delete' ? [] : keys) {
    const years = (now - Date.parse(since)) / YEAR_MS
    if (active && years >= OLD_YEARS) {
      warnings.push(`key ${tag} of ${zone} has signed for ${Math.floor(years)} years; expected a rollover now and then`)
    }
  }
  return warnings
}

/** A step that was possible for so long was forgotten. */
const FORGOTTEN_MS = 14 * DAY_MS
const YEAR_MS = 365 * DAY_MS
/** Nothing makes an elliptic key weak with time, but whoever could copy it. */
const OLD_YEARS = 3
