import type { KeySet, StoredKey } from '../../dnssec/index.ts'
import type { KeysChanged } from '../../ledger/index.ts'
import { unreachable } from '../../result.ts'
import {
  ALGORITHMS,
  algorithmName,
  dsFields,
  isAlgorithm,
  type KeyChange,
  type KeyRefusal,
  parseRecord,
} from '../../zone-keys/index.ts'
import { failure, json, NO_CONTENT, NOT_FOUND, type Reply } from './reply.ts'
import { objectBody } from './request-body.ts'
import type { Routes } from './routes.ts'
import { forWriting, ofZone, type ZoneRequest } from './zone-request.ts'

const KEYS = '/api/v1/servers/:server/zones/:zone/cryptokeys'

/** PowerDNS's cryptokeys. The private key, which PowerDNS shows of one key, is never in a reply. */
export const cryptokeyRoutes = (): Routes => ({
  [KEYS]: { GET: forKeys(list), POST: forWriting(create) },
  [`${KEYS}/:key`]: { GET: forKeys(get), PUT: forWriting(put), DELETE: forWriting(remove) },
})

const keysOf = ({ c, origin }: ZoneRequest) => c.env.ledgers.keys(origin)

/** Handles a request that reads the keys of a zone that is there. */
const forKeys = (handle: (request: ZoneRequest, set: KeySet | undefined) => Promise<Reply>) =>
  ofZone('read-zone', async (request) => {
    const [reading, set] = await Promise.all([request.ledger.read(), keysOf(request).keySet()])
    return reading ? handle(request, set) : NOT_FOUND
  })

async function list(_: ZoneRequest, set: KeySet | undefined): Promise<Reply> {
  return json(200, set ? await Promise.all(set.keys.map((key) => shown(set, key))) : [])
}

async function get({ c }: ZoneRequest, set: KeySet | undefined): Promise<Reply> {
  const id = idOf(c.req.param('key'))
  const key = set?.keys.find((one) => one.id === id)
  return set && key ? json(200, await shown(set, key)) : NOT_FOUND
}

/** Returns a key as PowerDNS shows it, its members in alphabetical order. */
async function shown(set: KeySet, key: StoredKey): Promise<object> {
  const { id, algorithm, flags, publicKey, active, published } = key
  const { origin, keys, digests, cds } = set
  const isSep = flags === 257
  const of = (all: readonly (2 | 4)[]) => Promise.all(all.map((digest) => dsFields(origin, key, digest)))
  return {
    active,
    algorithm: isAlgorithm(algorithm) ? algorithmName(algorithm) : String(algorithm),
    bits: isAlgorithm(algorithm) && algorithm === 14 ? 384 : 256,
    ...(isSep && key.ds && cds === 'publish' && { cds: await of(digests) }),
    dnskey: `${flags} 3 ${algorithm} ${publicKey}`,
    ...(isSep && { ds: await of([2, 4]) }),
    flags,
    id,
    keytype: isSep ? (keys.some((other) => other.flags === 256) ? 'ksk' : 'csk') : 'zsk',
    published,
    type: 'Cryptokey',
  }
}

async function create(request: ZoneRequest): Promise<Reply> {
  const body = await objectBody(request.c.req.raw)
  if (!body.ok) return body.error
  const change = creationOf(body.value)
  if ('status' in change) return change
  const changed = await keysOf(request).changeKeys(change)
  if (changed.kind === 'refused') return refusedKeys(changed.refusal)
  const key = changed.set?.keys.find(({ id }) => id === changed.id)
  return changed.set && key ? json(201, await shown(changed.set, key)) : NOT_FOUND
}

/** PowerDNS has `content` with a private key, or `dnskey` for a key of others, which is ours alone (RFC 8901). */
function creationOf(body: Readonly<Record<string, unknown>>): KeyChange | Reply {
  const { keytype, active = false, published = true, algorithm, content, privatekey = content, dnskey } = body
  if (privatekey === undefined && typeof dnskey === 'string') {
    const record = parseRecord(dnskey)
    return record.ok ? { kind: 'add', record: dnskey } : failure(422, record.error)
  }
  if (typeof keytype !== 'string' || !['ksk', 'zsk', 'csk'].includes(keytype.toLowerCase())) {
    return failure(422, "Invalid keytype; expected 'ksk', 'zsk' or 'csk'")
  }
  if (typeof active !== 'boolean') return failure(422, "Key 'active' not a Boolean")
  if (typeof published !== 'boolean') return failure(422, "Key 'published' not a Boolean")
  const number = algorithm === undefined || algorithm === '' ? 13 : numberOf(algorithm)
  if (number === undefined) {
    const known = ALGORITHMS.map((one) => `'${algorithmName(one).toLowerCase()}'`).join(', ')
    return failure(422, `Algorithm '${String(algorithm).slice(0, 40)}' is not supported here; expected ${known}`)
  }
  if (privatekey !== undefined && privatekey !== null && typeof privatekey !== 'string') {
    return failure(422, "Key 'content' not a String")
  }
  return {
    ...{ kind: 'create', algorithm: number, isActive: active, isPublished: published },
    flags: keytype.toLowerCase() === 'zsk' ? 256 : 257,
    ...(typeof privatekey === 'string' && { text: privatekey }),
  }
}

/** Reads an algorithm by its number or any of PowerDNS's names. */
function numberOf(algorithm: unknown): 13 | 14 | 15 | undefined {
  const text = String(algorithm).toLowerCase()
  return ALGORITHMS.find((one) => [String(one), algorithmName(one).toLowerCase(), SHORT[one]].includes(text))
}

const SHORT = { 13: 'ecdsa256', 14: 'ecdsa384', 15: 'ed25519' } as const

async function put(request: ZoneRequest): Promise<Reply> {
  const body = await objectBody(request.c.req.raw)
  if (!body.ok) return body.error
  const id = idOf(request.c.req.param('key'))
  const { active, published = true } = body.value
  if (typeof active !== 'boolean') return failure(422, "Key 'active' not present or not a Boolean")
  if (typeof published !== 'boolean') return failure(422, "Key 'published' not a Boolean")
  if (id === undefined) return NOT_FOUND
  return done(await keysOf(request).changeKeys({ kind: 'set', id, isActive: active, isPublished: published }))
}

async function remove(request: ZoneRequest): Promise<Reply> {
  const id = idOf(request.c.req.param('key'))
  return id === undefined ? NOT_FOUND : done(await keysOf(request).changeKeys({ kind: 'remove', id }))
}

const done = (changed: KeysChanged): Reply => (changed.kind === 'refused' ? refusedKeys(changed.refusal) : NO_CONTENT)

/** The reply to a change of keys that was not made. */
export function refusedKeys({ kind, why }: KeyRefusal): Reply {
  switch (kind) {
    case 'absent':
      return NOT_FOUND
    case 'early':
    case 'conflict':
    case 'invalid':
    case 'secret':
      return failure(422, why)
    default:
      return unreachable(kind)
  }
}

const idOf = (text: string | undefined): number | undefined => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : undefined)
