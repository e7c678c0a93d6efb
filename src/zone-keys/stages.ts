import type { KeySet, Stage, StoredKey } from '../dnssec/index.ts'
import { err, ok, type Result, unreachable } from '../result.ts'
import type { KeyFacts, KeyRefusal } from './call.ts'

// The steps of changes of keys, as pure functions of the keys and the time. Each step waits until no resolver can have
// anything of before the last step that would not go together with the next one (RFC 6781 §4.1, RFC 7583).

type Times = Pick<KeyFacts, 'now' | 'maxTtl' | 'propagation'>

/** Puts a new zone-signing key into the DNSKEY set, where resolvers learn it before it signs. */
export function publishZsk(set: KeySet, key: StoredKey, from: readonly StoredKey[], times: Times): KeySet {
  const added = { ...key, published: true, active: false, ds: false, since: text(times.now) }
  return staged({ ...set, keys: [...set.keys, added] }, 'publish-zsk', from, added, set.ttl, times)
}

/**
 * Puts a new key with a DS beside the old one. It is in the DNSKEY set at once: one that is to sign all records has to
 * be known before it signs, as a zone-signing key has.
 */
export function publishDs(set: KeySet, key: StoredKey, from: readonly StoredKey[], times: Times): KeySet {
  const added = { ...key, published: true, active: false, ds: true, since: text(times.now) }
  return staged({ ...set, keys: [...set.keys, added] }, 'publish-ds', from, added, set.ttl, times)
}

/** Asks the parent to remove its DS records (RFC 8078 §4). */
export function beginDisable(set: KeySet, times: Times): KeySet {
  return staged({ ...set, cds: 'delete' }, 'disable', [], undefined, 0, times)
}

/** Notes that the parent has what it was asked for. Resolvers may have its old DS records for `dsTtl` seconds more. */
export function parentDone(set: KeySet, stage: Stage, dsTtl: number, { now, propagation }: Times): KeySet {
  const notBefore = Math.max(Date.parse(stage.notBefore), now + (dsTtl + propagation) * 1000)
  return { ...set, stage: { ...stage, parentSince: text(now), notBefore: text(notBefore) } }
}

/** Returns true for a stage that waits for the parent. */
export const needsParent = ({ name, parentSince }: Stage): boolean =>
  (name === 'publish-ds' || name === 'disable') && parentSince === undefined

/**
 * Goes to the next step.
 * @returns the keys then, null if there are none any more; or why that would be too early
 */
export function nextStep(
  set: KeySet,
  stage: Stage,
  times: Times,
  isForced: boolean,
): Result<KeySet | null, KeyRefusal> {
  if (!isForced && needsParent(stage)) return early(waitsForParent(stage))
  if (!isForced && times.now < Date.parse(stage.notBefore)) {
    return early(`the next step is safe from ${stage.notBefore} on, ${REASONS[stage.name]}`)
  }
  const { now, maxTtl } = times
  const since = text(now)
  const isFrom = ({ id }: StoredKey): boolean => stage.from.includes(id)
  const isTo = ({ id }: StoredKey): boolean => stage.to === id
  const from = set.keys.filter(isFrom)
  const to = set.keys.find(isTo)
  const { stage: _, ...rest } = set
  switch (stage.name) {
    case 'publish-zsk':
    case 'publish-ds': {
      if (!to) return err({ kind: 'conflict', why: 'the new key is gone; expected --cancel' })
      const keys = set.keys.map((key) =>
        isTo(key) ? { ...key, active: true, since } : isFrom(key) ? { ...key, active: false, since } : key,
      )
      // Records that an old zone-signing key signed are in caches for as long as any record; what a key signed that
      // signs the DNSKEY set alone, as that set.
      const isZsk = stage.name === 'publish-zsk'
      const signedAll = isZsk || !set.keys.some((key) => key.flags === 256 && key.active)
      const seconds = signedAll ? Math.max(maxTtl, set.ttl) : set.ttl
      return ok(staged({ ...rest, keys }, isZsk ? 'retire-zsk' : 'retire-ksk', from, to, seconds, times))
    }
    case 'retire-zsk':
    case 'retire-ksk':
      return ok({ ...rest, keys: set.keys.filter((key) => !isFrom(key)) })
    case 'disable':
      return ok(null)
    default:
      return unreachable(stage.name)
  }
}

/** Takes back a change that no validator relies on yet. */
export function cancelled(set: KeySet, stage: Stage): Result<KeySet, KeyRefusal> {
  const { stage: _, ...rest } = set
  switch (stage.name) {
    case 'publish-zsk':
    case 'publish-ds':
      return ok({ ...rest, keys: set.keys.filter(({ id }) => id !== stage.to) })
    case 'disable':
      return ok({ ...rest, cds: 'publish' })
    case 'retire-zsk':
    case 'retire-ksk':
      return err({ kind: 'conflict', why: 'the new key signs already; expected another rollover after this one' })
    default:
      return unreachable(stage.name)
  }
}

/** The reasons of waiting. */
const REASONS: Readonly<Record<Stage['name'], string>> = {
  'publish-zsk': 'when every resolver that has the old DNSKEY set in its cache has let it go',
  'retire-zsk': 'when no resolver has a signature of the old key in its cache',
  'publish-ds': 'when every resolver that has the old DS records or the old DNSKEY set in its cache has let them go',
  'retire-ksk': 'when no resolver has a signature of the old key in its cache',
  disable: 'when every resolver that has a DS record in its cache has let it go',
}

export const waitsForParent = ({ name }: Stage): string =>
  name === 'disable'
    ? 'the parent is to remove its DS records first; expected --ds-gone when it has none any more'
    : 'the parent is to have the DS of the new key first, beside the old one; expected --ds-seen when it has'

function staged(
  set: KeySet,
  name: Stage['name'],
  from: readonly StoredKey[],
  to: StoredKey | undefined,
  seconds: number,
  { now, propagation }: Times,
): KeySet {
  const notBefore = text(now + (seconds + propagation) * 1000)
  const ids = from.map(({ id }) => id)
  return { ...set, stage: { name, from: ids, ...(to && { to: to.id }), since: text(now), notBefore } }
}

const early = (why: string): { ok: false; error: KeyRefusal } => err({ kind: 'early', why })

const text = (ms: number): string => new Date(ms).toISOString()
