import { expect, test } from 'vitest'
import { type Stored, ZoneReads } from '../../../src/store/zone-reads.ts'

type Call = string | string[]

/** KV as the platform has it: at most a hundred keys in a read, and no seventh connection but for such reads. */
function kvWith(fails: (asked: Call) => boolean) {
  const calls: Call[] = []
  let open = 0
  let most = 0
  const storedOf = (key: string): Stored => ({ value: key === 'gone' ? null : `text of ${key}`, metadata: { of: key } })
  async function getWithMetadata(asked: Call, options: object) {
    expect(options).toEqual({ type: 'text', cacheTtl: 30 })
    calls.push(asked)
    if (Array.isArray(asked) && asked.length > 100) throw new Error('You can request a maximum of 100 keys')
    most = Math.max(most, ++open)
    await new Promise((resolve) => setTimeout(resolve, 1))
    open--
    if (fails(asked)) throw new Error(`no ${asked}`)
    return Array.isArray(asked) ? new Map(asked.map((key) => [key, storedOf(key)])) : storedOf(asked)
  }
  return { calls, most: () => most, reads: new ZoneReads({ getWithMetadata } as never, 30) }
}
const keys = (count: number) => Array.from({ length: count }, (_, i) => `zone:${i}`)
const sizes = (calls: readonly Call[]) => calls.map((call) => (Array.isArray(call) ? call.length : 'alone'))

test('what is asked for otherwise is read alone, at once', async () => {
  const { reads, calls } = kvWith(() => false)
  expect(await reads.get('zone:a')).toEqual({ value: 'text of zone:a', metadata: { of: 'zone:a' } })
  expect((await reads.get('gone')).value).toBeNull()
  await Promise.all(keys(2).map((key) => reads.get(key)))
  expect(calls).toEqual(['zone:a', 'gone', 'zone:0', 'zone:1'])
})

test.each([
  [2, [2]],
  [100, [100]],
  [101, [100, 'alone']],
  [250, [100, 100, 50]],
])('%i keys together: %j', async (count, expected) => {
  const { reads, calls, most } = kvWith(() => false)
  const found = await Promise.all(reads.together(() => keys(count).map((key) => reads.get(key))))
  expect(found.map(({ value }) => value)).toEqual(keys(count).map((key) => `text of ${key}`))
  expect([sizes(calls), most()]).toEqual([expected, 1])
})

test('what cannot be read all at once is read one by one, five at a time; only what fails then has failed', async () => {
  const { reads, calls, most } = kvWith((asked) => Array.isArray(asked) || asked === 'zone:7')
  const found = await Promise.allSettled(reads.together(() => keys(30).map((key) => reads.get(key))))
  expect(found.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([7])
  expect(sizes(calls)).toEqual([30, ...Array(30).fill('alone')])
  expect(most()).toBe(5)
})
