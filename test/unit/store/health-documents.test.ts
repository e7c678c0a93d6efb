import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogEvent } from '../../../src/events.ts'
import { formatVantage, parseVantage, type TargetState, type Vantage } from '../../../src/health/index.ts'
import { HealthCopy } from '../../../src/store/health-copy.ts'
import { parseSealed, sealVantage, viewSealed } from '../../../src/store/sealed-vantage.ts'
import { runCount } from '../../effort.ts'
import { someVantage } from '../health/some-vantage.ts'
import { conditionOf, stateOf, vantageOf } from '../health/support.ts'
import { must } from '../support.ts'

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()]
const states = ({ targets }: { targets: { get(id: string): TargetState | undefined } }, { targets: all }: Vantage) =>
  Array.from(all.keys(), (id) => [id, targets.get(id)])

const DOCUMENT = vantageOf('cron', {
  a: stateOf('down', { at: 900, since: 800, count: 1, why: '"timed out", ],"b":[', flaps: { count: 3, from: 700 } }),
  b: stateOf('up', { at: 901, since: 1, ms: 12, weight: 4, load: 0.5, loadAt: 901 }),
  c: stateOf('unknown', { why: '接続できません 💥' }),
})

describe('a sealed health document', () => {
  test('is read as the document without the seal, by this version and by earlier ones', async () => {
    await fc.assert(
      fc.asyncProperty(someVantage, async (vantage) => {
        const sealed = await sealVantage(formatVantage(vantage))
        expect(must(parseVantage(sealed))).toEqual(vantage)
        expect(must(await parseSealed(sealed))).toEqual(vantage)
        expect(states(must(await viewSealed(sealed)), vantage)).toEqual([...vantage.targets])
        expect(states(must(await viewSealed(formatVantage(vantage))), vantage)).toEqual([...vantage.targets])
      }),
      { numRuns: runCount(200), seed: 5 },
    )
  })
  test('written again by a person, in other white space, is read without the seal', async () => {
    const sealed = await sealVantage(formatVantage(DOCUMENT))
    const edited = { ...JSON.parse(sealed), at: 2_000_000 }
    expect(must(await viewSealed(JSON.stringify(edited, null, 2))).at).toBe(2_000_000)
    const error =
      'the health document is not valid: its text is not that of its "hash"; expected { "name", "at", "targets" }'
    expect(await viewSealed(JSON.stringify(edited))).toEqual({ ok: false, error })
    expect(await parseSealed(JSON.stringify(edited))).toEqual({ ok: false, error })
  })

  /** Reads octets as KV gives them to the Worker, by both readers. @returns true if the document is refused */
  async function isRefused(octets: Uint8Array): Promise<boolean> {
    const text = decoder.decode(octets)
    const [view, parsed] = [await viewSealed(text), await parseSealed(text)]
    expect(view.ok).toBe(parsed.ok)
    if (view.ok) expect(states(view.value, DOCUMENT)).toEqual([...DOCUMENT.targets])
    if (parsed.ok) expect(parsed.value).toEqual(DOCUMENT)
    return !view.ok
  }
  test('that is cut anywhere is refused', async () => {
    const octets = encoder.encode(await sealVantage(formatVantage(DOCUMENT)))
    for (let length = 0; length < octets.length; length++)
      expect(await isRefused(octets.subarray(0, length))).toBe(true)
    expect(await isRefused(octets)).toBe(false)
  })
  test('with a flipped bit is refused, unless the states are the same', async () => {
    const octets = encoder.encode(await sealVantage(formatVantage(DOCUMENT)))
    let refused = 0
    for (let bit = 0; bit < octets.length * 8; bit++) {
      const damaged = octets.slice()
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7))
      if (await isRefused(damaged)) refused++
    }
    // Without the seal's own name the text is a document without a seal.
    const names = 'hash'.length * 8
    expect(refused).toBeGreaterThanOrEqual(octets.length * 8 - names)
    expect(refused).toBeLessThan(octets.length * 8)
  })
  test('with several damaged octets behind its hash is refused', async () => {
    const octets = encoder.encode(await sealVantage(formatVantage(DOCUMENT)))
    const first = '{"hash":"'.length + 64
    const damage = fc.array(
      fc.tuple(fc.integer({ min: first, max: octets.length - 1 }), fc.integer({ min: 1, max: 255 })),
      {
        minLength: 1,
        maxLength: 20,
      },
    )
    await fc.assert(
      fc.asyncProperty(damage, async (flips) => {
        const damaged = octets.slice()
        for (const [at, mask] of flips) damaged[at] = (damaged[at] as number) ^ mask
        const isSame = damaged.every((octet, i) => octet === octets[i])
        expect(await isRefused(damaged)).toBe(!isSame)
      }),
      { numRuns: runCount(500), seed: 6 },
    )
  })
})

describe("an isolate's copy of health", () => {
  const condition = (id: string) => conditionOf(id, { probe: { ...conditionOf(id).probe, id } })

  /** KV with the documents of one vantage point, and a copy that reads them. */
  async function copyOf(first: string) {
    const value = { text: first, now: 1_000_000, reads: 0 }
    const events: LogEvent[] = []
    const kv = {
      get: async (keys: string[]) => {
        value.reads++
        return new Map(keys.map((key) => [key, key === 'health' ? value.text : null]))
      },
    }
    const clock = () => value.now
    const log = (event: LogEvent) => events.push(event)
    const copy = new HealthCopy(kv, { vantages: ['cron'], platform: 'agent', refreshMs: 1000, clock, log })
    const next = async (text: string, ms: number) => {
      value.text = text
      value.now += ms
      await copy.renew(value.now, () => {})
      return copy.at(value.now)
    }
    return { health: await next(first, 0), next, events, value }
  }
  const sealed = async (state: TargetState['state'], at = 1000) =>
    sealVantage(formatVantage(vantageOf('cron', { a: stateOf(state, { at }), b: stateOf('up', { at }) }, at)))

  test('keeps the last valid document while the new one is damaged', async () => {
    const { health, next, events } = await copyOf(await sealed('down'))
    expect([health.status(condition('a')).real, health.status(condition('b')).real]).toEqual(['down', 'up'])
    const damaged = (await sealed('up')).replace('"a":[1,', '"a":[2,')
    expect((await next(damaged, 2000)).status(condition('a')).real).toBe('down')
    expect(events).toEqual([
      { event: 'health-failed', vantage: 'cron', why: expect.stringContaining('not that of its "hash"') },
    ])
    expect((await next(await sealed('up'), 2000)).status(condition('a')).real).toBe('up')
  })
  test('an unchanged document is not read again, so that its states stay parsed', async () => {
    const text = await sealed('down')
    const { health, next, value } = await copyOf(text)
    const known = health.vantages[0]?.targets.get('a')
    const again = await next(text, 2000)
    expect(value.reads).toBe(2)
    expect(again.vantages[0]?.targets.get('a')).toBe(known)
  })
  test('times that are ahead count as the time of the first reading, and as an earlier one after the clock went back', async () => {
    const text = await sealed('down', 100_000)
    const { health, next } = await copyOf(text)
    expect(health.vantages[0]?.at).toBe(1_000_000)
    expect((await next(text, 5000)).vantages[0]?.at).toBe(1_000_000)
    await next(text, -500_000)
    expect((await next(text, 2000)).vantages[0]?.at).toBe(507_000)
  })
})
