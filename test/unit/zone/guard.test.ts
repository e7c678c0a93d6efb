import { expect, test } from 'vitest'
import { parseName } from '../../../src/dns/index.ts'
import { explanationText } from '../../../src/explain/index.ts'
import { Health, healthReport, liveOverrides, type Override, type TargetState } from '../../../src/health/index.ts'
import { exposition, metricsOf } from '../../../src/metrics/index.ts'
import { loadedZones } from '../../../src/zone/index.ts'
import { explain } from '../both-forms.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { address, contextOf, documentOf, must, queryOf, replyTo, seeded, zoneOf } from '../support.ts'
import { issuesOf } from './support.ts'

const NOW = Date.parse('2026-12-01T20:00:00Z')
const members = [1, 2, 3, 4].map((n) => `192.0.2.${n}`)
const check = { kind: 'tcp', port: 80, interval: 20, fall: 3 }
const records = {
  '@': { NS: 'ns' },
  ns: { A: '192.0.2.53' },
  www: { A: { ttl: [5, 300], answer: { kind: 'pool', check, select: 'all', members } } },
  gently: { A: { kind: 'pool', check, select: 'weighted', rampUp: 3600, members } },
  first: { A: { kind: 'pool', check, select: 'first', whenDown: { answer: '203.0.113.9' }, members } },
  health: { TXT: '"x"' },
}
const zone = zoneOf(records, { guard: { share: 0.5, within: 60 }, health: { dns: true } })

const gone = (seconds: number): TargetState =>
  stateOf('down', { since: NOW / 1000 - seconds, at: NOW / 1000, changes: 1 })
const back = (fell: number, seconds: number): TargetState =>
  stateOf('up', { fell: NOW / 1000 - fell, since: NOW / 1000 - seconds, at: NOW / 1000, changes: 2 })
const UP = stateOf('up', { since: 5, at: NOW / 1000 })

/** Health in which the first targets are as given, and the others up. */
function knowing(states: readonly TargetState[], overrides: Partial<Override>[] = [], now = NOW): Health {
  const rows = zone.conditions.map(({ probe }, i) => [probe.id, states[i] ?? UP] as const)
  const full = overrides.map((one) => ({ force: 'down', by: 'ada', why: 'a test', ...one }) as Override)
  return new Health([vantageOf('cron', Object.fromEntries(rows), now / 1000)], liveOverrides(full), now)
}

function answersOf(name: string, health: Health): string[] {
  const { answer } = replyTo(queryOf(`${name}.example.com.`, 'A'), contextOf([zone], { health })).response
  return (answer[0]?.rdatas ?? []).map(({ text }) => text).sort()
}

test('answers go on as before while too many targets are down at once, and not after that', () => {
  const three = [gone(10), gone(20), gone(30)]
  expect(answersOf('www', knowing(three))).toEqual(members)
  expect(answersOf('first', knowing([...three, gone(5)]))).toEqual(['192.0.2.1'])
  expect(answersOf('www', knowing([gone(10), gone(20)]))).toEqual(members.slice(2))
  const late = [gone(610), gone(620), gone(630)]
  expect(answersOf('www', knowing(late))).toEqual(['192.0.2.4'])
  expect(answersOf('first', knowing([...late, gone(605)]))).toEqual(['203.0.113.9'])
})

test('overrides win', () => {
  const health = knowing([gone(10), gone(20), gone(30)], [{ target: '192.0.2.2' }, { target: '192.0.2.4' }])
  expect(answersOf('www', health)).toEqual(['192.0.2.1', '192.0.2.3'])
})

test('a target that was held all the time does not come back as one that was out', () => {
  const sharesOf = (health: Health) => explained('gently', health).answers.map(({ probability }) => probability)
  const all = ['1/4', '1/4', '1/4', '1/4']
  expect(sharesOf(knowing([back(300, 250), back(310, 240), back(320, 230)]))).toEqual(all)
  // Without the guard each would be a tenth of the others.
  const alone = sharesOf(knowing([back(300, 250)]))
  expect(alone).not.toEqual(all)
  // It was out from the end of the hold, ten minutes after the last of them fell.
  expect(sharesOf(knowing([back(1300, 250), gone(1300), gone(1300)]))).not.toContain('1/2')
})

const explained = (name: string, health: Health) =>
  explain(
    { name: must(parseName(`${name}.example.com.`)), type: 1, client: address('192.0.2.1'), ecs: undefined },
    loadedZones([zone]),
    seeded(1),
    health,
  )

test('explain names the guard, and the TTL ends with the hold', () => {
  const health = knowing([gone(585), gone(590), gone(595)])
  const explanation = explained('www', health)
  const step = explanation.trace.find((one) => one.step === 'pool')
  expect(step).toMatchObject({
    live: true,
    members: [
      {
        ...{ state: 'up', real: 'down' },
        held: {
          zone: 'example.com',
          fell: 3,
          of: 4,
          since: '2026-12-01T19:50:15.000Z',
          until: '2026-12-01T20:00:15.000Z',
        },
      },
      { state: 'up', real: 'down' },
      { state: 'up', real: 'down' },
      { state: 'up', real: 'up' },
    ],
  })
  expect(explanation.ttl).toBe(15)
  const text =
    'up, measured down, held up by the guard of example.com until 2026-12-01T20:00:15Z, as 3 of 4 targets went down'
  expect(explanationText(explanation)).toContain(text)
})

test('the name that tells health says that a member is held', () => {
  const { answer } = replyTo(
    queryOf('_health.www.example.com.', 'TXT'),
    contextOf([zone], { health: knowing([gone(10), gone(20), gone(30)]) }),
  ).response
  expect(answer[0]?.rdatas.map(({ text }) => text)).toContain(
    '"member=192.0.2.1:80 state=up since=2026-12-01T19:59:50Z measured=down held-until=2026-12-01T20:09:50Z check=example.com/tcp pool=www.example.com/A"',
  )
})

const PLACES = { platform: 'workerd', defaultVantages: ['cron'], vantages: ['cron'] } as const
const guards = new Map(zone.guard && [['example.com', zone.guard]])

test('the report and the metrics tell the hold, and states as they count', () => {
  const health = knowing([gone(10), gone(20), gone(30)])
  const report = healthReport(zone.conditions, health, PLACES, undefined, guards)
  expect(report.guards).toEqual([
    {
      ...{ zone: 'example.com', share: 0.5, within: 60, for: 600, least: 3, holding: true },
      ...{ since: '2026-12-01T19:59:50.000Z', until: '2026-12-01T20:09:50.000Z', fell: 3, of: 4, held: 3 },
    },
  ])
  expect(report.targets.map(({ state, real, held }) => [state, real, held?.until])).toEqual([
    ...Array(3).fill(['up', 'down', '2026-12-01T20:09:50.000Z']),
    ['up', 'up', undefined],
  ])
  const calm = healthReport(zone.conditions, knowing([]), PLACES, undefined, guards)
  expect(calm.guards.map(({ holding, since }) => [holding, since])).toEqual([[false, undefined]])
  const metrics = (now: Health) =>
    exposition(
      metricsOf({
        ...{ version: '1', health: now, conditions: zone.conditions, refused: [], askedFull: [], isComplete: true },
        ...{ pools: new Map([['example.com', zone.pools]]), guards, zones: new Map(), settingProblems: 0 },
        ...{ apiWrites: new Map(), deployment: PLACES },
      }),
      'prometheus',
    )
  expect(metrics(health)).toContain('edge_gslb_guard_active{zone="example.com"} 1\n')
  expect(metrics(health)).toContain('edge_gslb_pool_live_members{zone="example.com",pool="www.example.com/A"} 4\n')
  expect(metrics(health)).toMatch(/target_effective_up\{[^}]*192\.0\.2\.1:80"\} 1\n/)
  expect(metrics(health)).toMatch(/target_up\{[^}]*192\.0\.2\.1:80",vantage="cron"\} 0\n/)
  expect(metrics(knowing([gone(10)]))).toContain('edge_gslb_guard_active{zone="example.com"} 0\n')
})

test('a zone without the field has no guard', () => {
  expect(zoneOf(records).guard).toBeUndefined()
  expect(zoneOf(records, { guard: {} }).guard?.settings).toEqual({ share: 0.5, within: 120, for: 600, least: 3 })
  expect(zoneOf(records, { guard: { within: '5m', for: '1h', least: 10, share: 0.2 } }).guard?.settings).toEqual({
    ...{ share: 0.2, within: 300, for: 3600, least: 10 },
  })
})

test.each([
  [{ share: 1 }, 'guard / share: 1 is not valid here; expected a share of all targets, from 0.01 to 0.99'],
  [{ within: 0 }, 'guard / within: 0 is not valid here; expected seconds from 1 to 3600, or units as in "5m"'],
  [{ within: '2h' }, 'guard / within: 7200 is not valid here; expected seconds from 1 to 3600, or units as in "5m"'],
  [{ for: '2d' }, 'guard / for: 172800 is not valid here; expected seconds from 1 to 86400, or units as in "5m"'],
  [{ least: 0 }, 'guard / least: 0 is not valid here; expected a number of targets, from 1 to 20000'],
])('%j is refused', (guard, message) => {
  expect(issuesOf(documentOf(records, { guard }))).toEqual([message])
})
