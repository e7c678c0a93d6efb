import { describe, expect, test } from 'vitest'
import { HealthNews } from '../../../src/cli/dev/health.ts'
import { assuming, namedBy, subjectsOf, subjectText, unmatched } from '../../../src/explain/index.ts'
import { Health, healthReport, liveOverrides, type Override } from '../../../src/health/index.ts'
import type { LocalZone } from '../../../src/zone/index.ts'
import { luaZone } from '../lua/support.ts'
import { stateOf, vantageOf } from './support.ts'

const NOW = 1_000_000
const PLACES = { platform: 'agent', defaultVantages: ['cron'], vantages: ['cron'] } as const

const shown = (zone: LocalZone, overrides: readonly Override[] = []): string[] =>
  healthReport(zone.conditions, new Health([], liveOverrides(overrides), NOW), PLACES).targets.map(
    ({ check, target, forced }) => `${check} ${target}${forced ? ' forced' : ''}`,
  )
const down = (check: string): Override => ({ check, force: 'down', by: 'ops', why: 'a test' })

const UP = `a LUA A "ifurlup('http://www.example.net/health?full=1', {'192.0.2.1'})"`
const EXTERNAL = `b LUA A "ifurlextup({{['192.0.2.1']='http://192.0.2.1/'}})"`
const SLOW = `c LUA A "ifurlup('http://www.example.net/health?full=1', {'192.0.2.1'}, {interval=30})"`
const ELSEWHERE = `d LUA A "ifurlup('http://www.example.net/other', {'192.0.2.2'})"`

const HTTP = 'example.com/http'
const LONG = `${HTTP}:www.example.net/health?full=1`

describe('a check without a name is named by its kind', () => {
  const zoneWith = (...records: string[]) => luaZone(records.join('\n'), 'example.com.zone')

  test('alone, if no other check of that kind makes another request to the same target', () => {
    expect(shown(zoneWith(UP, ELSEWHERE))).toEqual([`${HTTP} 192.0.2.1:80`, `${HTTP} 192.0.2.2:80`])
  })

  test('and its request, if two of one kind probe one target', () => {
    const zone = zoneWith(UP, EXTERNAL, ELSEWHERE)
    const external = `${HTTP}:192.0.2.1/ 192.0.2.1:80`
    expect(shown(zone)).toEqual([`${LONG} 192.0.2.1:80`, external, `${HTTP} 192.0.2.2:80`])
    expect(shown(zone, [down(`${HTTP}:192.0.2.1/`)])).toEqual([
      ...[`${LONG} 192.0.2.1:80`, `${external} forced`, `${HTTP} 192.0.2.2:80`],
    ])
    expect(subjectsOf([zone]).filter((subject) => 'check' in subject)).toHaveLength(3)
    expect(namedBy(down(`${HTTP}:*`), subjectsOf([zone])).map(subjectText)).toHaveLength(3)
    expect(namedBy(down(LONG), subjectsOf([zone])).map(subjectText)).toEqual([`${LONG} 192.0.2.1:80`])
  })

  test('the short name matches all of them, and the long name one', () => {
    const all = shown(zoneWith(UP, EXTERNAL), [down(HTTP)])
    expect(all.every((line) => line.endsWith(' forced'))).toBe(true)
    expect(shown(zoneWith(UP), [down(LONG)])).toEqual([`${HTTP} 192.0.2.1:80 forced`])
  })

  test('and a part of its id, if neither differs', () => {
    const zone = zoneWith(UP, SLOW)
    const names = zone.conditions.map(({ probe }) => `${LONG}#${probe.id.slice(0, 6)}`)
    expect(shown(zone)).toEqual(names.map((name) => `${name} 192.0.2.1:80`))
    const [first = '', second = ''] = names
    expect(shown(zone, [down(second)])).toEqual([`${first} 192.0.2.1:80`, `${second} 192.0.2.1:80 forced`])
  })

  test('each has its own events', () => {
    const { conditions } = zoneWith(UP, EXTERNAL)
    const [up = '', gone = ''] = conditions.map(({ probe }) => probe.id)
    const states = { [up]: stateOf('up', { at: NOW }), [gone]: stateOf('down', { at: NOW, why: 'refused' }) }
    const health = new Health([vantageOf('cron', states, NOW)], [], NOW * 1000)
    const news = new HealthNews()
    // Before a first result the targets of LUA functions count as down.
    expect(news.changes(conditions, health)).toEqual([`${LONG} 192.0.2.1:80 is up: seen by cron`])
    expect(news.changes(conditions, health)).toEqual([])
  })
})

test('what if: a target that the platform cannot probe counts as up, if nothing is supposed of it', () => {
  const zone = luaZone(`a LUA A "ifurlup('https://www.example.net/', {'192.0.2.1'})"`, 'example.com.zone')
  const [condition] = zone.conditions
  const health = assuming(new Health([], [], NOW, 'edge'), { down: ['198.51.100.1'], up: [] })
  expect(condition && health.status(condition).state).toBe('up')
})

test.each([
  ['example.com/tcp', [true, true, false]],
  ['*/tcp', [true, true, false]],
  ['example.com/tcp/192.0.2.2', [false, true, false]],
  ['*/http/192.0.2.1', [false, false, true]],
  ['192.0.2.1', [true, false, true]],
  ['tcp', [true, true, false]],
  ['tcp/192.0.2.1:*', [true, false, false]],
  ['udp', [false, false, false]],
])('what if %s is up: a glob may be a target, a check, or a target of a check', (glob, expected) => {
  const tcp = `a LUA A "ifportup(81, {'192.0.2.1', '192.0.2.2'})"`
  const zone = luaZone(`${tcp}\n${UP.replace('a LUA', 'b LUA')}`, 'example.com.zone')
  const health = assuming(new Health([], [], NOW), { down: [], up: [glob] })
  const forced = zone.conditions.map((condition) => health.status(condition).forced?.force === 'up')
  expect(forced).toEqual(expected)
  expect(unmatched({ down: [], up: [glob] }, [zone])).toEqual(expected.includes(true) ? [] : [glob])
})

test('a vantage point counts the targets of published zones, and not those of zones that are gone', () => {
  const zone = luaZone(`${UP}\n${ELSEWHERE}`, 'example.com.zone')
  const [first, second] = zone.conditions.map(({ probe }) => probe.id) as [string, string]
  const state = stateOf('up', { at: NOW })
  const cron = vantageOf('cron', { [first]: state, [second]: state, gone: state }, NOW)
  const health = new Health([cron], [], NOW * 1000)
  const targetsOf = (conditions: LocalZone['conditions']) =>
    healthReport(conditions, health, PLACES).vantages[0]?.targets
  expect(targetsOf(zone.conditions)).toBe(2)
  expect(targetsOf(zone.conditions.slice(0, 1))).toBe(1)
  expect(targetsOf([])).toBe(0)
})
