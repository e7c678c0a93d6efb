import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64Url } from '../../src/http/base64url.ts'
import { base64url } from './support.ts'

/** The platform's decoder, which takes white space too. */
function byPlatform(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_=-]+$/.test(text)) return undefined
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' })
  } catch {
    return undefined
  }
}

/** Compares first, since most are equal and `expect` takes long. */
function expectSame(text: string): void {
  const [own, platform] = [decodeBase64Url(text), byPlatform(text)]
  if (String(own) !== String(platform)) expect([text, own]).toEqual([text, platform])
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const character = fc.constantFrom(...ALPHABET)
const padding = fc.constantFrom('', '=', '==', '===')

describe('base64url', () => {
  test('octets come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        const text = base64url(octets)
        expect(decodeBase64Url(text)).toEqual(octets.length === 0 ? undefined : octets)
        expect(decodeBase64Url(`?dns=${text}`, 5)).toEqual(octets.length === 0 ? undefined : octets)
      }),
    )
  })

  test('texts of the alphabet decode as the platform decodes them, padding and left-over bits included', () => {
    fc.assert(
      fc.property(fc.array(character, { maxLength: 12 }), padding, (characters, end) => {
        const text = characters.join('') + end
        expectSame(text)
      }),
      { numRuns: 2000 },
    )
  })

  test('any other character is refused, wherever it stands', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom('+', '/', '=', ' ', '\n', '\u0100', 'ŁA'),
    )
    fc.assert(
      fc.property(
        fc.array(character, { maxLength: 8 }),
        any,
        fc.array(character, { maxLength: 8 }),
        (before, other, after) => {
          const text = [...before, other, ...after].join('')
          expectSame(text)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('decoded queries do not overlap', () => {
    const texts = Array.from({ length: 2000 }, (_, i) => base64url(Uint8Array.of(i >> 8, i & 255, 7, 7, 7)))
    const decoded = texts.map((text) => decodeBase64Url(text))
    expect(decoded.map((octets) => octets && base64url(octets))).toEqual(texts)
  })
})
