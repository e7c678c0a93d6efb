import type { RE2JS } from 're2js'
import { type ExpectedOctets, octetsFor } from '../health/index.ts'
import { ok, type Result } from '../result.ts'
import { short } from './verdict.ts'

/** A search in octets that come in pieces. */
export type Search = {
  /** Adds octets. Returns true if the text is found, so that later octets do not matter. */
  readonly add: (octets: Uint8Array) => boolean
  /** Ends the search. Returns true if the text is found. */
  readonly end: () => boolean
}

/**
 * Makes a search. The code that compiles patterns is loaded with the first of them.
 * @param when a pattern is matched `at the end` on the whole text, so that `$` is its end, or `as it comes` on the text
 *   so far, for a peer that sends something and then waits
 */
export async function searchFor(expected: ExpectedOctets, when: 'as it comes' | 'at the end'): Promise<Result<Search>> {
  if ('contains' in expected) return ok(contains(new TextEncoder().encode(expected.contains)))
  if ('hex' in expected) return ok(contains(octetsOf(expected.hex)))
  const pattern = await compiled(expected)
  return pattern.ok ? ok(matches(pattern.value, when === 'as it comes')) : pattern
}

/** Describes the expected text or pattern for error texts. */
export function describe(expected: ExpectedOctets): string {
  if ('contains' in expected) return `"${short(expected.contains, 24)}"`
  return 'hex' in expected ? short(expected.hex, 24) : `/${short(expected.matches, 24)}/`
}

/** Returns the octets of a text in hexadecimal. */
export const octetsOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16))

/** Searches by Knuth, Morris and Pratt: it reads each octet once, and stores none. */
function contains(wanted: Uint8Array): Search {
  const borders = bordersOf(wanted)
  let matched = 0
  const found = () => matched === wanted.length
  return {
    end: found,
    add(octets) {
      for (let i = 0; i < octets.length && !found(); i++) {
        while (matched > 0 && octets[i] !== wanted[matched]) matched = borders[matched - 1] as number
        if (octets[i] === wanted[matched]) matched++
      }
      return found()
    },
  }
}

/** Returns, for each prefix of the text, the length of its longest proper suffix that is a prefix of the text too. */
function bordersOf(text: Uint8Array): Uint16Array {
  const borders = new Uint16Array(text.length)
  for (let i = 1, length = 0; i < text.length; i++) {
    while (length > 0 && text[i] !== text[length]) length = borders[length - 1] as number
    if (text[i] === text[length]) length++
    borders[i] = length
  }
  return borders
}

function matches(pattern: RE2JS, asItComes: boolean): Search {
  let text = new Uint8Array(1024)
  let length = 0
  // A peer that sends single octets must not cause a search of the whole text for each.
  let left = octetsFor(pattern.programSize())
  const test = () => pattern.test(text.subarray(0, length))
  return {
    end: test,
    add(octets) {
      while (length + octets.length > text.length) text = grown(text)
      text.set(octets, length)
      length += octets.length
      if (!asItComes || left < length) return false
      left -= length
      return test()
    },
  }
}

function grown(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  const twice = new Uint8Array(octets.length * 2)
  twice.set(octets)
  return twice
}

/** Compiles a pattern once for each check, so that the automaton, which grows with use, is kept. */
async function compiled(expected: { readonly matches: string }): Promise<Result<RE2JS>> {
  const cached = PATTERNS.get(expected)
  if (cached) return cached
  const { compilePattern } = await import('../re2.ts')
  const pattern = compilePattern(expected.matches)
  PATTERNS.set(expected, pattern)
  return pattern
}

const PATTERNS = new WeakMap<object, Result<RE2JS>>()
