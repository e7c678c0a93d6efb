import { findKey, firstKey, hasKeys, isSameSecret, type Key } from '../keys/index.ts'
import type { KeyedEnv, Sender } from './access.ts'

/**
 * Finds the key of a request. The first key is compared without a read, so that it works while KV does not.
 * @param now milliseconds since the epoch
 * @throws if storage, or the keys of Cloudflare Access, cannot be read
 */
export async function authenticate(request: Request, env: KeyedEnv['Bindings'], now: number): Promise<Sender> {
  const { apiKey, keys, people } = env
  const offered = offeredKey(request.headers)
  if (offered !== '') {
    const sender = await keyed(offered, env, now)
    if (sender) return sender
  } else if (people !== undefined) {
    const { personOf } = await import('./people.ts')
    const person = await personOf(request, people, now)
    if (person !== undefined) return person
  }
  if (apiKey === undefined && people === undefined && !(await hasKeys(keys))) return { kind: 'off' }
  return { kind: offered === '' ? 'unkeyed' : 'wrong' }
}

/** Finds a key by its secret; undefined for none. @throws if storage cannot be read */
export async function keyed(
  offered: string,
  { apiKey, keys }: Pick<KeyedEnv['Bindings'], 'apiKey' | 'keys'>,
  now: number,
): Promise<Exclude<Sender, { kind: 'off' | 'unkeyed' | 'wrong' }> | undefined> {
  if (apiKey !== undefined && (await isSameSecret(offered, apiKey))) return { kind: 'key', key: firstKey }
  const found = await findKey(keys, offered, now)
  if (found.kind === 'found') return { kind: 'key', key: found.key }
  return found.kind === 'ended' ? { kind: 'refused', status: 401, why: endedText(found.key) } : undefined
}

/** Returns the key of X-API-Key, else of Authorization: Bearer (RFC 6750); empty if there is none. */
export function offeredKey(headers: Headers): string {
  const key = headers.get('x-api-key')
  if (key) return key
  return /^bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1] ?? ''
}

const endedText = ({ name, ends = 0 }: Key): string =>
  `the key ${name} has ended at ${new Date(ends).toISOString()}; expected one that is valid`
