import { type KeySet, keyTag, type StoredKey } from '../dnssec/index.ts'
import { ok } from '../result.ts'
import { type Changed, type KeyChange, type KeyFacts, refuse } from './call.ts'
import { emptySet, hasOwn, isSameKey, newKey, nextId, soundSecret, storedKey, tooMany } from './key-making.ts'
import { readPrivateFile } from './private-file.ts'
import { parseRecord } from './record.ts'
import { underWay } from './rollover.ts'

export async function create(
  set: KeySet | undefined,
  { algorithm = 13, flags, isActive, isPublished, text }: Extract<KeyChange, { kind: 'create' }>,
  facts: KeyFacts,
): Promise<Changed> {
  if (text !== undefined) {
    const imported = await importKey(set, { kind: 'import', text, flags }, facts)
    if (!imported.ok || imported.value.id === undefined) return imported
    const { set: next, id } = imported.value
    return next ? setKey(next, { id, isActive, isPublished }, facts) : imported
  }
  const base = set ?? emptySet(facts.origin)
  const full = tooMany(base)
  if (full) return full
  const secret = await soundSecret(facts, set)
  if (!secret.ok) return secret
  const made = await newKey(base, algorithm, flags, facts, secret.value)
  const key = { ...made, published: isPublished || isActive, active: isActive, ds: flags === 257 && isPublished }
  return ok({ set: { ...base, keys: [...base.keys, key] }, told: [`made key ${key.tag}`], id: key.id })
}

export async function importKey(
  set: KeySet | undefined,
  { text, flags, record }: Extract<KeyChange, { kind: 'import' }>,
  facts: KeyFacts,
): Promise<Changed> {
  const pair = await readPrivateFile(text)
  if (!pair.ok) return refuse('invalid', pair.error)
  const public_ = record === undefined ? ok(undefined) : parseRecord(record)
  if (!public_.ok) return refuse('invalid', public_.error)
  if (public_.value && public_.value.publicKey !== pair.value.publicKey) {
    return refuse('invalid', 'the public key is not that of the private key; expected both files of one key')
  }
  const secret = await soundSecret(facts, set)
  if (!secret.ok) return secret
  const base = set ?? emptySet(facts.origin)
  const key = await storedKey(base, pair.value, flags ?? public_.value?.flags ?? 257, facts, secret.value)
  const known = base.keys.find((one) => isSameKey(one, key))
  if (known?.wrapped !== undefined) return ok({ set: base, told: [`key ${known.tag} is there already`], id: known.id })
  const full = known ? undefined : tooMany(base)
  if (full) return full
  const live = { ...key, id: known?.id ?? key.id, published: true, active: true, ds: key.flags === 257 }
  const keys = [...base.keys.filter((one) => one !== known), live]
  return ok({
    set: { ...base, keys },
    told: [`key ${live.tag} of ${facts.origin}. signs from now on, with the same DS as before`],
    id: live.id,
  })
}

export async function addForeign(set: KeySet, record: string, { now }: KeyFacts): Promise<Changed> {
  const parsed = parseRecord(record)
  if (!parsed.ok) return refuse('invalid', parsed.error)
  const { flags, algorithm, publicKey } = parsed.value
  const known = set.keys.find((key) => isSameKey(key, parsed.value))
  if (known) return ok({ set, told: [`key ${known.tag} is there already`], id: known.id })
  const full = tooMany(set)
  if (full) return full
  const key: StoredKey = {
    ...{ id: nextId(set), algorithm, flags, publicKey, tag: keyTag(parsed.value) },
    ...{ published: true, active: false, ds: flags === 257, since: new Date(now).toISOString() },
  }
  const keys = [...set.keys, key]
  return ok({ set: { ...set, keys }, told: [`key ${key.tag} of another provider is in the DNSKEY set`], id: key.id })
}

export async function setKey(
  set: KeySet,
  { id, isActive, isPublished }: { readonly id: number; readonly isActive: boolean; readonly isPublished: boolean },
  { now }: Pick<KeyFacts, 'now'>,
): Promise<Changed> {
  const key = set.keys.find((one) => one.id === id)
  if (!key) return refuse('absent', `there is no key ${id}; expected one of the list`)
  if (isActive && key.wrapped === undefined) {
    return refuse('invalid', `key ${key.tag} is another provider's, and cannot sign here; expected "active": false`)
  }
  if (set.stage && [...set.stage.from, set.stage.to].includes(id)) return refuse('conflict', underWay)
  const published = isPublished || isActive
  if (key.active === isActive && key.published === published) return ok({ set, told: ['nothing changed'], id })
  const since = new Date(now).toISOString()
  const changed = { ...key, active: isActive, published, ds: key.flags === 257 && published, since }
  const next = { ...set, keys: set.keys.map((one) => (one === key ? changed : one)) }
  const lacking = whyNotSigned(next)
  return lacking ? refuse('conflict', lacking) : ok({ set: next, told: [`changed key ${key.tag}`], id })
}

export function removeKey(set: KeySet, id: number): Changed {
  const key = set.keys.find((one) => one.id === id)
  if (!key) return refuse('absent', `there is no key ${id}; expected one of the list`)
  if (set.stage && [...set.stage.from, set.stage.to].includes(id)) return refuse('conflict', underWay)
  const next = { ...set, keys: set.keys.filter((one) => one !== key) }
  if (!hasOwn(next)) return ok({ set: null, told: ['the zone is not signed any more'], id })
  const lacking = whyNotSigned(next)
  return lacking ? refuse('conflict', lacking) : ok({ set: next, told: [`removed key ${key.tag}`], id })
}

/**
 * Returns what keeps a zone with own keys from being signed; undefined if nothing does. A set that never signed may
 * wait.
 */
function whyNotSigned({ keys }: KeySet): string | undefined {
  const active = keys.filter(({ active, wrapped }) => active && wrapped !== undefined)
  if (active.some(({ flags }) => flags === 257)) return undefined
  return 'no key with flags 257 would be active, and every answer would be bogus; expected another active one before'
}
