import type { KeySet } from '../dnssec/index.ts'
import { ok, unreachable } from '../result.ts'
import { type Changed, type KeyChange, type KeyFacts, refuse } from './call.ts'
import { emptySet, hasOwn, newKey, soundSecret } from './key-making.ts'
import { cancel, rollover, USUAL_DS_TTL, underWay } from './rollover.ts'
import { addForeign, create, importKey, removeKey, setKey } from './single-keys.ts'
import { beginDisable, cancelled, needsParent, nextStep, parentDone } from './stages.ts'

/**
 * Changes the keys of a zone.
 * @param set undefined for a zone without keys
 */
export async function changeKeys(set: KeySet | undefined, change: KeyChange, facts: KeyFacts): Promise<Changed> {
  if (change.kind === 'enable') return enable(set, change, facts)
  if (change.kind === 'create') return create(set, change, facts)
  if (change.kind === 'import') return importKey(set, change, facts)
  if (!set) return refuse('absent', `${facts.origin}. has no keys; expected "dnssec enable" before`)
  switch (change.kind) {
    case 'disable':
      return disable(set, change, facts)
    case 'rollover':
      return rollover(set, change, facts)
    case 'cancel':
      return cancel(set)
    case 'add':
      return addForeign(set, change.record, facts)
    case 'set':
      return setKey(set, change, facts)
    case 'remove':
      return removeKey(set, change.id)
    default:
      return unreachable(change)
  }
}

async function enable(
  set: KeySet | undefined,
  { algorithm = 13, isSplit = false, sha384 = false }: Extract<KeyChange, { kind: 'enable' }>,
  facts: KeyFacts,
): Promise<Changed> {
  const secret = await soundSecret(facts, set)
  if (!secret.ok) return secret
  if (set && hasOwn(set)) {
    const digests = sha384 ? ([2, 4] as const) : set.digests
    if (set.stage?.name !== 'disable') {
      return ok({ set: { ...set, digests }, told: [`${facts.origin}. is signed already`] })
    }
    const back = cancelled({ ...set, digests }, set.stage)
    return back.ok ? ok({ set: back.value, told: [`${facts.origin}. stays signed; the parent keeps its DS`] }) : back
  }
  let next = set ?? emptySet(facts.origin)
  for (const flags of isSplit ? ([257, 256] as const) : ([257] as const)) {
    const made = await newKey(next, algorithm, flags, facts, secret.value)
    next = { ...next, keys: [...next.keys, { ...made, published: true, active: true, ds: flags === 257 }] }
  }
  // A resolver may know, too, that there is no DNSKEY set.
  const from = new Date(facts.now + (Math.max(facts.maxTtl, next.ttl) + facts.propagation) * 1000).toISOString()
  return ok({
    set: { ...next, digests: sha384 ? [2, 4] : [2] },
    told: [
      `${facts.origin}. is signed from now on`,
      `its DS may go to the parent from ${from} on, when no resolver has unsigned answers in its cache`,
    ],
  })
}

async function disable(
  set: KeySet,
  { isGone = false, isForced = false, dsTtl = USUAL_DS_TTL }: Extract<KeyChange, { kind: 'disable' }>,
  facts: KeyFacts,
): Promise<Changed> {
  const { origin, parent } = facts
  if (set.stage && set.stage.name !== 'disable') return refuse('conflict', underWay)
  const begun = set.stage ? set : beginDisable(set, facts)
  if (isForced) return ok({ set: null, told: [`${origin}. is not signed any more`] })
  const { stage } = begun
  if (!stage) return refuse('conflict', underWay)
  const isKnownGone = isGone || parent?.length === 0
  if (needsParent(stage) && isKnownGone) {
    const done = parentDone(begun, stage, dsTtl, facts)
    return ok({ set: done, told: [`the parent has no DS; the keys can go from ${done.stage?.notBefore} on`] })
  }
  if (!set.stage) {
    return ok({
      set: begun,
      told: [
        `${origin}. asks its parent to remove its DS records (CDS, RFC 8078); it stays signed`,
        'where the registrar does not read CDS, remove the DS records there first; then run "dnssec disable" again',
      ],
    })
  }
  const next = nextStep(set, stage, facts, false)
  return next.ok ? ok({ set: next.value, told: [`${origin}. is not signed any more`] }) : next
}
