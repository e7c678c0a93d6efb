import {
  type Algorithm,
  fromBase64,
  type KeySet,
  keyTag,
  MAX_ALGORITHM,
  MIN_ALGORITHM,
  type PublicKey,
  type StoredKey,
  USUAL_KEY_TTL,
  USUAL_VALIDITY,
  unwrapKey,
  wrapKey,
} from '../dnssec/index.ts'
import { MAX_ZONE_KEYS, MIN_DNSSEC_SECRET_CHARS } from '../limits.ts'
import { err, ok, type Result, unreachable } from '../result.ts'
import type { KeyChange, KeyFacts, KeyOutcome, KeyRefusal } from './call.ts'
import { hasDs } from './ds-lines.ts'
import { generatePair, type KeyPair } from './material.ts'
import { readPrivateFile } from './private-file.ts'
import {
  beginDisable,
  cancelled,
  needsParent,
  nextStep,
  parentDone,
  publishDs,
  publishZsk,
  waitsForParent,
} from './stages.ts'

type Changed = Result<KeyOutcome, KeyRefusal>

/** A day: what most parents give their DS records. */
export const USUAL_DS_TTL = 86_400

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

// --- signing begins and ends ------------------------------------------------------------------------------------------

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

// --- roll-over --------------------------------------------------------------------------------------------------------

async function rollover(
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

// --- single keys ------------------------------------------------------------------------------------------------------

async function create(
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

async function importKey(
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

async function addForeign(set: KeySet, record: string, { now }: KeyFacts): Promise<Changed> {
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

async function setKey(
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

function removeKey(set: KeySet, id: number): Changed {
  const key = set.keys.find((one) => one.id === id)
  if (!key) return refuse('absent', `there is no key ${id}; expected one of the list`)
  if (set.stage && [...set.stage.from, set.stage.to].includes(id)) return refuse('conflict', underWay)
  const next = { ...set, keys: set.keys.filter((one) => one !== key) }
  if (!hasOwn(next)) return ok({ set: null, told: ['the zone is not signed any more'], id })
  const lacking = whyNotSigned(next)
  return lacking ? refuse('conflict', lacking) : ok({ set: next, told: [`removed key ${key.tag}`], id })
}

const underWay = 'a change of keys goes on; expected that it is ended, or taken back with "rollover --cancel", before'

/** Returns what keeps a zone with own keys from being signed; undefined if nothing does. A set that never signed may wait. */
function whyNotSigned({ keys }: KeySet): string | undefined {
  const active = keys.filter(({ active, wrapped }) => active && wrapped !== undefined)
  if (active.some(({ flags }) => flags === 257)) return undefined
  return 'no key with flags 257 would be active, and every answer would be bogus; expected another active one before'
}

/** Takes back a change of keys that goes on. */
function cancel(set: KeySet): Changed {
  if (!set.stage) return refuse('conflict', 'no change of keys goes on; expected "rollover --cancel" during one')
  const back = cancelled(set, set.stage)
  return back.ok ? ok({ set: back.value, told: ['taken back; the keys are as they were'] }) : back
}

// --- making keys ------------------------------------------------------------------------------------------------------

export const emptySet = (origin: string): KeySet => ({
  ...{ version: 1, origin, keys: [], cds: 'publish', digests: [2] },
  ...{ ttl: USUAL_KEY_TTL, validity: USUAL_VALIDITY },
})

/** Makes a key whose tag no other key of the zone has: a validator would have to try both. */
async function newKey(
  set: KeySet,
  algorithm: Algorithm,
  flags: 256 | 257,
  facts: KeyFacts,
  secret: string,
): Promise<StoredKey> {
  for (let attempt = 1; ; attempt++) {
    const key = await storedKey(set, await generatePair(algorithm), flags, facts, secret)
    if (attempt >= MAX_ATTEMPTS || !set.keys.some(({ tag }) => tag === key.tag)) return key
  }
}

const MAX_ATTEMPTS = 10

async function storedKey(
  set: KeySet,
  { algorithm, publicKey, pkcs8 }: KeyPair,
  flags: 256 | 257,
  { origin, now }: KeyFacts,
  secret: string,
): Promise<StoredKey> {
  const tag = keyTag({ algorithm, flags, publicKey })
  const wrapped = await wrapKey(secret, { origin, algorithm, tag }, pkcs8)
  const fields = { id: nextId(set), algorithm, flags, publicKey, tag, wrapped }
  return { ...fields, published: false, active: false, ds: false, since: new Date(now).toISOString() }
}

const nextId = ({ keys }: KeySet): number => Math.max(0, ...keys.map(({ id }) => id)) + 1

const isSameKey = (a: PublicKey, b: PublicKey): boolean =>
  a.algorithm === b.algorithm && a.flags === b.flags && a.publicKey === b.publicKey

const hasOwn = ({ keys }: KeySet): boolean => keys.some(({ wrapped }) => wrapped !== undefined)

function tooMany({ keys }: KeySet): { ok: false; error: KeyRefusal } | undefined {
  if (keys.length < MAX_ZONE_KEYS) return undefined
  return refuse('conflict', `the zone has ${keys.length} keys; expected at most ${MAX_ZONE_KEYS}`)
}

/** Refuses a secret that is none, or is not the one of the keys that are there. */
async function soundSecret({ secret, origin }: KeyFacts, set: KeySet | undefined): Promise<Result<string, KeyRefusal>> {
  if (!secret) return refuse('secret', NO_SECRET)
  if (secret.length < MIN_DNSSEC_SECRET_CHARS) {
    return refuse(
      'secret',
      `DNSSEC_SECRET is too short; expected at least ${MIN_DNSSEC_SECRET_CHARS} characters, ${HOW}`,
    )
  }
  const known = set?.keys.find(({ wrapped }) => wrapped !== undefined)
  if (known?.wrapped === undefined) return ok(secret)
  const opened = await unwrapKey(secret, { origin, ...known }, known.wrapped)
  return opened.ok ? ok(secret) : refuse('secret', opened.error)
}

const HOW = 'as of "openssl rand -base64 32"'
const NO_SECRET =
  `there is no DNSSEC_SECRET, which encrypts private keys; expected it in the environment or .dev.vars, ${HOW}, and for ` +
  'production as a secret of the Worker ("npx wrangler secret put DNSSEC_SECRET")'

/** Reads the RDATA of DNSKEY, or a line that ends with it: `[example.com. 3600 IN DNSKEY] 257 3 13 <base64>`. */
export function parseRecord(text: string): Result<PublicKey> {
  const plain = text.replace(/;.*$/gm, ' ').replace(/[()]/g, ' ')
  const [, flags, algorithm, key] = /(?:^|\s)(\d{1,5})\s+3\s+(\d{1,3})\s+([A-Za-z0-9+/=\s]+)$/.exec(plain.trim()) ?? []
  const publicKey = key?.replace(/\s/g, '')
  if (!publicKey || !fromBase64(publicKey) || publicKey.length > MAX_PUBLIC_CHARS) {
    return err('this is no DNSKEY record; expected "256 3 13 <base64>", or a line of a zone file that ends so')
  }
  if (flags !== '256' && flags !== '257') return err(`the flags are ${flags}; expected 256 (ZSK) or 257 (KSK)`)
  const number = Number(algorithm)
  if (number < MIN_ALGORITHM || number > MAX_ALGORITHM) {
    return err(`the algorithm is ${algorithm}; expected ${MIN_ALGORITHM} to ${MAX_ALGORITHM}, like 13`)
  }
  return ok({ flags: flags === '256' ? 256 : 257, algorithm: number, publicKey })
}

/** RSA with 4,096 bits has 516 octets. */
const MAX_PUBLIC_CHARS = 1400

const refuse = (kind: KeyRefusal['kind'], why: string): { ok: false; error: KeyRefusal } => err({ kind, why })
