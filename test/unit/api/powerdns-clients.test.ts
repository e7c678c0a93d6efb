import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { STORIES } from '../../e2e/powerdns-api-cases.ts'
import { lack } from '../../e2e/powerdns-api-compare.ts'
import { runStories } from '../../e2e/powerdns-api-run.ts'
import { ApiBench, KEY } from './powerdns-support.ts'

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

test.each(STORIES)("PowerDNS's API as clients call it: $title", async (story) => {
  const bench = new ApiBench()
  const outcomes = await runStories({ key: KEY, fetch: bench.fetch }, [story])
  const wrong = outcomes.flatMap(({ call, answer }) => {
    const told = `${call.request} ${(call.text ?? JSON.stringify(call.body) ?? '').slice(0, 300)}`
    if (answer.status !== call.status) return [`${told}: ${answer.status}, not ${call.status}: ${answer.text}`]
    const lacking = call.has === undefined ? undefined : lack(call.has, answer.body)
    return lacking ? [`${told}: ${lacking}`] : []
  })
  expect(wrong).toEqual([])
  expect(outcomes).toHaveLength(story.calls.length)
})
