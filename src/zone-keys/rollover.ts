import type { Algorithm, KeySet } from '../dnssec/index.ts'
import { ok, unreachable } from '../result.ts'
import { type Changed, type KeyChange, type KeyFacts, refuse } from './call.ts'
import { hasDs } from './ds-lines.ts'
import { newKey, soundSecret, tooMany } from './key-making.ts'
import { cancelled, needsParent, nextStep, parentDone, publishDs, publishZsk, waitsForParent } from './stages.ts'

/** A day: what most parents give their DS records. */
export const USUAL_DS_TTL = 86_400

export const underWay =
  'a change of keys goes on; expected that it is ended, or taken back with "rollover --cancel", before'

export async function rollover(
  set: KeySet,
  change: Extract<KeyChange, { kind: 'rollover' }>,
  facts: KeyFacts,
): Promise<Changed> {
  const { stage } = set
  if (!stage) return beginRollover(set, change.role, facts)
  if (stage.name === 'disable')
    return refuse('conflict', 'the zone is to become insecure; expected "dnssec enable" first')
  const role = stage.name.endsWith('zsk') ? 'zsk' : 'ksk'
  if (change.role && change.role !== role) {
    return refuse('conflict', `a ${role.toUpperCase()} rollover goes on; expected that it is ended before`)
  }
  if (!change.isForced && needsParent(stage)) {
    const to = set.keys.find(({ id }) => id === stage.to)
    const isSeen = to !== undefined && facts.parent !== undefined && (await hasDs(facts.parent, facts.origin, to))
    if (!change.isSeen && !isSeen) {
      const asked = facts.parent ? 'the parent was asked, and has not the DS of the new key; ' : ''
      return refuse('early', asked + waitsForParent(stage))
    }
    const done = parentDone(set, stage, change.dsTtl ?? USUAL_DS_TTL, facts)
    return ok({
      set: done,
      told: [`the parent has the DS of the new key; the next step is safe from ${done.stage?.notBefore} on`],
    })
  }
  const next = nextStep(set, stage, facts, change.isForced ?? false)
  if (!next.ok) return next
  return ok({ set: next.value, told: next.value ? stepText(next.value, set) : [] })
}

async function beginRollover(set: KeySet, wanted: 'ksk' | 'zsk' | undefined, facts: KeyFacts): Promise<Changed> {
  const own = set.keys.filter(({ wrapped, active }) => wrapped !== undefined && active)
  const zsks = own.filter(({ flags }) => flags === 256)
  const ksks = own.filter(({ flags }) => flags === 257)
  const role = wanted ?? (zsks.length > 0 ? 'zsk' : 'ksk')
  const from = role === 'zsk' ? zsks : ksks
  const [first] = from
  if (!first) {
    return refuse('conflict', `there is no active ${role.toUpperCase()}; expected "rollover" of one that signs`)
  }
  const secret = await soundSecret(facts, set)
  if (!secret.ok) return secret
  const full = tooMany(set)
  if (full) return full
  const key = await newKey(set, first.algorithm as Algorithm, role === 'zsk' ? 256 : 257, facts, secret.value)
  const next = role === 'zsk' ? publishZsk(set, key, from, facts) : publishDs(set, key, from, facts)
  return ok({ set: next, told: stepText(next, set), id: key.id })
}

/** Returns sentences of a step that was made. */
function stepText(set: KeySet, before: KeySet): string[] {
  const { stage } = set
  const tagOf = (id: number | undefined): string => {
    const key = [...set.keys, ...before.keys].find((one) => one.id === id)
    return `key ${key?.tag ?? '?'}`
  }
  if (!stage) return ['the rollover is done: the old key is gone']
  const safe = `the next step is safe from ${stage.notBefore} on`
  switch (stage.name) {
    case 'publish-zsk':
      return [`the new ${tagOf(stage.to)} is in the DNSKEY set, and does not sign yet`, safe]
    case 'publish-ds':
      return [
        `the new ${tagOf(stage.to)} is in the DNSKEY set, and its DS is in CDS and CDNSKEY beside the old one`,
        'the parent is to have both DS records ("dnssec ds" prints them); then run "dnssec rollover" again',
      ]
    case 'retire-zsk':
    case 'retire-ksk':
      return [`the new ${tagOf(stage.to)} signs; the old one stays for signatures in caches`, safe]
    case 'disable':
      return []
    default:
      return unreachable(stage.name)
  }
}

/** Takes back a change of keys that goes on. */
export function cancel(set: KeySet): Changed {
  if (!set.stage) return refuse('conflict', 'no change of keys goes on; expected "rollover --cancel" during one')
  const back = cancelled(set, set.stage)
  return back.ok ? ok({ set: back.value, told: ['taken back; the keys are as they were'] }) : back
}
