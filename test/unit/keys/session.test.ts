import { expect, test } from 'vitest'
import {
  createKey,
  findSession,
  firstKey,
  makeSession,
  type NewKey,
  parseNewKey,
  revokeKey,
  sessionsOf,
} from '../../../src/keys/index.ts'
import { CONSOLE_SESSION_MS } from '../../../src/limits.ts'
import { must } from '../support.ts'
import { pseudoRandom, storageWith } from './support.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const SALT = 'the salt'
const wanted = (name: string, more: object = {}): NewKey => must(parseNewKey({ name, scopes: ['read'], ...more }, NOW))

async function signedIn(more: object = {}) {
  const storage = storageWith()
  const { key, secret } = must(await createKey(storage, wanted('ops', more), NOW, pseudoRandom()))
  const session = await makeSession(key, secret, SALT, NOW, pseudoRandom(7))
  return { key, secret, session, keys: { apiKey: undefined, keys: storage } }
}

test('a session names its key until it ends', async () => {
  const { key, session, keys } = await signedIn()
  expect(session.ends).toBe(NOW + CONSOLE_SESSION_MS)
  expect(await findSession(session.text, keys, SALT, NOW + CONSOLE_SESSION_MS - 1)).toMatchObject({
    key,
    ends: session.ends,
  })
  expect(await findSession(session.text, keys, SALT, NOW + CONSOLE_SESSION_MS)).toBeUndefined()
})

test('it ends with its key: at the end of that, or when it is revoked', async () => {
  const { key, session, keys } = await signedIn({ ends: '1h' })
  expect(session.ends).toBe(NOW + 3_600_000)
  expect(await findSession(session.text, keys, SALT, NOW)).toBeDefined()
  await revokeKey(keys.keys, key.id)
  expect(await findSession(session.text, keys, SALT, NOW)).toBeUndefined()
})

test('a session of the first key ends when that becomes another one, or goes', async () => {
  const keys = storageWith()
  const { text } = await makeSession(firstKey, 'the first secret', SALT, NOW, pseudoRandom())
  expect(await findSession(text, { apiKey: 'the first secret', keys }, SALT, NOW)).toMatchObject({ key: firstKey })
  expect(await findSession(text, { apiKey: 'another secret', keys }, SALT, NOW)).toBeUndefined()
  expect(await findSession(text, { apiKey: undefined, keys }, SALT, NOW)).toBeUndefined()
})

test('each change of one character makes it none', async () => {
  const { session, keys } = await signedIn()
  for (let i = 0; i < session.text.length; i++) {
    const other = session.text[i] === 'a' ? 'b' : 'a'
    const text = session.text.slice(0, i) + other + session.text.slice(i + 1)
    expect([i, await findSession(text, keys, SALT, NOW)]).toEqual([i, undefined])
  }
})

test('the hash of the key alone signs none: the salt has to be the same', async () => {
  const { session, keys } = await signedIn()
  expect(await findSession(session.text, keys, '', NOW)).toBeUndefined()
  expect(await findSession(session.text, keys, 'another salt', NOW)).toBeUndefined()
})

test('two sessions of a key have different tokens for forms, which are not in the cookie', async () => {
  const { key, secret, session, keys } = await signedIn()
  const other = await makeSession(key, secret, SALT, NOW, pseudoRandom(8))
  const [a, b] = [await findSession(session.text, keys, SALT, NOW), await findSession(other.text, keys, SALT, NOW)]
  expect(a?.form).toMatch(/^[0-9a-f]{64}$/)
  expect(a?.form).not.toBe(b?.form)
  expect(session.text).not.toContain(a?.form)
})

test('of many cookies with the name few are looked up', async () => {
  const { session } = await signedIn()
  expect(sessionsOf(['', 'x', session.text])).toEqual([session.text])
  expect(sessionsOf(Array.from({ length: 50 }, () => session.text))).toHaveLength(3)
})
