import { describe, expect, test } from 'vitest'
import type { LogEvent } from '../../../src/events.ts'
import { Guesses } from '../../../src/keys/index.ts'
import { GUESS_LOG_MS, MAX_GUESSES, MAX_GUESSING_ADDRESSES } from '../../../src/limits.ts'
import { address } from '../support.ts'

describe('wrong API keys', () => {
  const guessing = () => {
    const lines: LogEvent[] = []
    return { guesses: new Guesses((line) => lines.push(line)), lines }
  }
  const tries = (guesses: Guesses, from: string, count: number, now: number): number => {
    let allowed = 0
    for (let i = 0; i < count; i++) if (guesses.wrong(address(from), now) === undefined) allowed++
    return allowed
  }
  test('a few at once, then one a second', () => {
    const { guesses } = guessing()
    expect(tries(guesses, '192.0.2.1', 1000, 0)).toBe(MAX_GUESSES)
    expect(guesses.wrong(address('192.0.2.1'), 400)).toBe(600)
    expect(tries(guesses, '192.0.2.1', 1000, 1000)).toBe(1)
    expect(tries(guesses, '192.0.2.1', 1000, 3_600_000)).toBe(MAX_GUESSES)
  })
  test('those that are read at once count before anybody knows that they are wrong; right ones are taken back', () => {
    const { guesses, lines } = guessing()
    const from = address('192.0.2.1')
    const begun = Array.from({ length: 1000 }, () => guesses.begin(from, 0))
    expect(begun.filter((wait) => wait === undefined)).toHaveLength(MAX_GUESSES)
    guesses.right(from, 0)
    expect([guesses.begin(from, 0), guesses.begin(from, 0)]).toEqual([undefined, 1000])
    for (let i = 0; i < 2 * MAX_GUESSES; i++) guesses.right(from, 0)
    expect(tries(guesses, '192.0.2.1', 1000, 0)).toBe(MAX_GUESSES)
    expect(lines).toHaveLength(1)
  })
  test('a clock that is put back gives nothing', () => {
    const { guesses } = guessing()
    tries(guesses, '192.0.2.1', 100, 1_000_000)
    expect(tries(guesses, '192.0.2.1', 100, 0)).toBe(0)
    expect(tries(guesses, '192.0.2.1', 100, 1000)).toBe(1)
  })
  test('an address shuts out no other; an IPv6 host has a /64', () => {
    const { guesses } = guessing()
    tries(guesses, '192.0.2.1', 1000, 0)
    expect(tries(guesses, '192.0.2.2', 1, 0)).toBe(1)
    tries(guesses, '2001:db8::1', 1000, 0)
    expect(tries(guesses, '2001:db8::ffff:2', 1, 0)).toBe(0)
    expect(tries(guesses, '2001:db8:0:1::1', 1, 0)).toBe(1)
  })
  test('the log has one line a minute, and says how many', () => {
    const { guesses, lines } = guessing()
    for (let i = 0; i < 5000; i++) guesses.wrong(address('192.0.2.1'), i)
    expect(lines).toEqual([{ event: 'api-key-guessed', wrong: 1, last: '192.0.2.1' }])
    guesses.wrong(address('192.0.2.2'), GUESS_LOG_MS)
    expect(lines[1]).toEqual({ event: 'api-key-guessed', wrong: 5000, last: '192.0.2.2' })
  })
  test('any number of addresses takes no more memory', () => {
    const { guesses } = guessing()
    for (let i = 0; i < 5 * MAX_GUESSING_ADDRESSES; i++) tries(guesses, `10.0.${i >> 8}.${i & 255}`, 1, 0)
    expect(guesses.size).toBe(MAX_GUESSING_ADDRESSES)
  })
})
