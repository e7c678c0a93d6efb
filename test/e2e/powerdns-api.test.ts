import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Call, STORIES } from './powerdns-api-cases.ts'
import { lack } from './powerdns-api-compare.ts'
import { type ApiOracle, startApiOracle } from './powerdns-api-oracle.ts'
import { type Outcome, runStories } from './powerdns-api-run.ts'
import { needs } from './tools.ts'

needs('pdns-backend-sqlite3')("PowerDNS's API: PowerDNS 4.7.3 answers the calls of real clients", () => {
  let oracle: ApiOracle
  let outcomes: readonly Outcome[] = []
  beforeAll(async () => {
    oracle = await startApiOracle()
    outcomes = await runStories(oracle, STORIES)
  })
  afterAll(() => oracle?.stop())

  test.each(STORIES)('$title', ({ title, calls }) => {
    const ofStory = outcomes.filter(({ story }) => story === title)
    const wrong = ofStory.flatMap(({ call, answer }) => {
      const expected = call.pdns?.status ?? call.status
      if (answer.status !== expected) return [`${told(call)}: ${answer.status}, not ${expected}: ${answer.text}`]
      const isComparable = call.pdns === undefined && answer.type.startsWith('application/json')
      const lacking = isComparable && call.has !== undefined ? lack(call.has, answer.body) : undefined
      return lacking ? [`${told(call)}: ${lacking}`] : []
    })
    expect(wrong).toEqual([])
    expect(ofStory).toHaveLength(calls.length)
  })
})

const told = ({ request, body, text }: Call): string =>
  `${request} ${(text ?? JSON.stringify(body) ?? '').slice(0, 300)}`
