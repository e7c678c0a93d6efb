import { MAX_SIGNING_KEY_CHARS, MAX_SIGNING_KEYS, MAX_SIGNING_VALUE_CHARS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'

/**
 * A key by which PowerDNS signs a zone itself. `content` is the private key in the text form that PowerDNS and BIND
 * share (`Private-key-format: v1.2`); `flags` are those of the DNSKEY record (RFC 4034 §2.1.1).
 */
export type SigningKey = {
  readonly id: number
  readonly flags: number
  readonly active: boolean
  readonly published: boolean
  readonly content: string
}

/** The settings of DNSSEC that PowerDNS keeps as metadata. */
export const SIGNING_METADATA = ['NSEC3PARAM', 'NSEC3NARROW', 'PUBLISH-CDNSKEY', 'PUBLISH-CDS'] as const
export type SigningMetadata = (typeof SIGNING_METADATA)[number]

/** All that PowerDNS keeps of a zone to sign it. It is no part of the zone's document, and has no history. */
export type Signing = {
  /** The number of the next key: none is given twice. */
  readonly next: number
  readonly keys: readonly SigningKey[]
  readonly metadata: Readonly<Partial<Record<SigningMetadata, readonly string[]>>>
}

export const NO_SIGNING: Signing = { next: 1, keys: [], metadata: {} }

export type SigningChange =
  | { readonly kind: 'add'; readonly key: Omit<SigningKey, 'id'> }
  | { readonly kind: 'set'; readonly id: number; readonly active?: boolean; readonly published?: boolean }
  | { readonly kind: 'remove'; readonly id: number }
  /** No values: the setting is taken away. */
  | { readonly kind: 'metadata'; readonly name: SigningMetadata; readonly values: readonly string[] }

/** Makes a change. @returns an error for what is no key, is not there, or is too much */
export function signingChanged(signing: Signing, change: SigningChange): Result<Signing> {
  switch (change.kind) {
    case 'add':
      return added(signing, change.key)
    case 'set': {
      const { kind: _, id, ...fields } = change
      if (!signing.keys.some((key) => key.id === id)) return noKey(id)
      return ok({ ...signing, keys: signing.keys.map((key) => (key.id === id ? { ...key, ...fields } : key)) })
    }
    case 'remove':
      if (!signing.keys.some(({ id }) => id === change.id)) return noKey(change.id)
      return ok({ ...signing, keys: signing.keys.filter(({ id }) => id !== change.id) })
    case 'metadata':
      return withMetadata(signing, change.name, change.values)
  }
}

function added(signing: Signing, key: Omit<SigningKey, 'id'>): Result<Signing> {
  if (key.flags !== 256 && key.flags !== 257) return err(`a key has the flags ${key.flags}; expected 256 or 257`)
  if (!key.content.startsWith('Private-key-format: v1.')) {
    return err('a key is not in the private key format; expected one that begins with "Private-key-format: v1.2"')
  }
  if (key.content.length > MAX_SIGNING_KEY_CHARS) {
    return err(`a key has ${key.content.length} characters; expected at most ${MAX_SIGNING_KEY_CHARS}`)
  }
  if (signing.keys.length >= MAX_SIGNING_KEYS) {
    return err(`the zone has ${MAX_SIGNING_KEYS} keys; expected that one is removed first`)
  }
  return ok({ ...signing, next: signing.next + 1, keys: [...signing.keys, { id: signing.next, ...key }] })
}

function withMetadata(signing: Signing, name: SigningMetadata, values: readonly string[]): Result<Signing> {
  if (values.length > 1 || values.some((value) => value.length > MAX_SIGNING_VALUE_CHARS)) {
    return err(`${name} has ${values.length} values; expected one of at most ${MAX_SIGNING_VALUE_CHARS} characters`)
  }
  const { [name]: _, ...others } = signing.metadata
  return ok({ ...signing, metadata: values.length > 0 ? { ...others, [name]: values } : others })
}

const noKey = (id: number) => err(`there is no key ${id}; expected the number of one that "pdnsutil show-zone" lists`)
