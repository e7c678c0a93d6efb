import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Call, STORIES } from './powerdns-api-cases.ts'
import { difference, lack } from './powerdns-api-compare.ts'
import { startApiOracle } from './powerdns-api-oracle.ts'
import { type Outcome, runStories, serverAt } from './powerdns-api-run.ts'
import { startServer } from './server.ts'
import { needs } from './tools.ts'

const KEY = 'the-key-of-these-tests'

/** `npm start` wants a zone. The stories begin without it. */
const FILES = { 'file.example.zone': '$TTL 60\n@ IN SOA ns root 1 2 3 4 5\n@ IN NS ns.example.net.\n' }

needs('pdns-backend-sqlite3')("PowerDNS's API: PowerDNS 4.7.3 and edge-gslb answer the calls of real clients", () => {
  let theirOutcomes: readonly Outcome[] = []
  let ourOutcomes: readonly Outcome[] = []
  const stops: (() => Promise<void>)[] = []
  const servers: { readonly url: string; readonly key: string }[] = []
  beforeAll(async () => {
    const oracle = await startApiOracle()
    stops.push(oracle.stop)
    const ours = await startServer(FILES, KEY, { DNSSEC_SECRET: 'a secret of at least 32 characters' })
    stops.push(ours.stop)
    servers.push(oracle, { url: ours.url, key: KEY })
    theirOutcomes = await runStories(oracle, STORIES)
    ourOutcomes = await runStories(serverAt(ours.url, KEY), STORIES)
  })
  afterAll(() => Promise.all(stops.map((stop) => stop())))

  const ofStory = (outcomes: readonly Outcome[], title: string) => outcomes.filter(({ story }) => story === title)

  test.each(STORIES)('PowerDNS: $title', ({ title, calls }) => {
    const wrong = ofStory(theirOutcomes, title).flatMap(({ call, answer }) => {
      const { status } = call.pdns ?? {}
      const expected = status ?? call.status
      if (answer.status !== expected) return [`${told(call)}: ${answer.status}, not ${expected}: ${answer.text}`]
      const isComparable = call.pdns === undefined && answer.type.startsWith('application/json')
      const lacking = isComparable && call.has !== undefined ? lack(call.has, answer.body) : undefined
      return lacking ? [`${told(call)}: ${lacking}`] : []
    })
    expect(wrong).toEqual([])
    expect(ofStory(theirOutcomes, title)).toHaveLength(calls.length)
  })

  test.each(STORIES)('edge-gslb: $title', ({ title }) => {
    const theirs = ofStory(theirOutcomes, title)
    const wrong = ofStory(ourOutcomes, title).flatMap((outcome, at) => {
      const { call, answer } = outcome
      if (answer.status !== call.status) return [`${told(call)}: ${answer.status}, not ${call.status}: ${answer.text}`]
      const lacking = call.has === undefined ? undefined : lack(call.has, answer.body)
      const different = theirs[at] && difference(theirs[at], outcome)
      return [lacking, different].flatMap((fault) => (fault ? [`${told(call)}: ${fault}`] : []))
    })
    expect(wrong).toEqual([])
  })

  test('a GET with a body is answered: lexicon sends one with every call', async () => {
    for (const path of ['/api', '/api/v1/servers/localhost', '/api/v1/servers/localhost/zones?zone=none.example.']) {
      const statuses = await Promise.all(servers.map(({ url, key }) => getWithBody(`${url}${path}`, key)))
      expect([path, statuses]).toEqual([path, [200, 200]])
    }
  })

  test('a row for each difference, and none without one', () => {
    const needless = theirOutcomes.flatMap(({ call, ...rest }, at) => {
      const other = ourOutcomes[at]
      if (call.pdns === undefined || call.pdns.mayAgree || other === undefined) return []
      const { pdns, ...bare } = call
      return difference({ ...rest, call: bare }, other) === undefined ? [`${told(call)}: ${pdns.why}`] : []
    })
    expect(needless).toEqual([])
  })

  test('the Content-Type is application/json alone, the members are in alphabetical order, 204 is empty', () => {
    for (const { call, answer } of ourOutcomes) {
      if (answer.status === 204 || (call.request.startsWith('OPTIONS') && answer.status === 200)) {
        expect([told(call), answer.text, answer.type]).toEqual([told(call), '', ''])
      } else if (!call.request.endsWith('/export')) {
        expect([told(call), answer.type]).toEqual([told(call), 'application/json'])
        if (!call.request.startsWith('HEAD')) expect(isOrdered(answer.body), told(call)).toBe(true)
      }
    }
  })
})

/** fetch sends no body with GET. */
const getWithBody = (url: string, key: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = { 'X-API-Key': key, 'Content-Type': 'application/json', 'Content-Length': '2' }
    request(url, { method: 'GET', headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    })
      .on('error', reject)
      .end('{}')
  })

const told = ({ request, body, text }: Call): string =>
  `${request} ${(text ?? JSON.stringify(body) ?? '').slice(0, 300)}`

function isOrdered(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const keys = Array.isArray(value) ? [] : Object.keys(value)
  return keys.every((key, at) => at === 0 || (keys[at - 1] as string) < key) && Object.values(value).every(isOrdered)
}
