import { expect, test } from 'vitest'
import { plain } from '../../../src/cli/paint.ts'
import type { StatusReport } from '../../../src/cli/status/status.ts'
import { statusText } from '../../../src/cli/status/text.ts'
import { Health, healthReport } from '../../../src/health/index.ts'
import { EMPTY_CATALOG, parseCatalog, planPublish } from '../../../src/store/index.ts'
import { conditionOf, stateOf, vantageOf } from '../health/support.ts'
import { publication } from '../store/kv-memory.ts'
import { must } from '../support.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const PLACES = { platform: 'edge', defaultVantages: ['cron'], vantages: ['cron'] } as const

/** Returns the Worker's report of two targets, one of which a query asked for. */
function reportOf(full: readonly { zone: string; since: number }[]): StatusReport {
  const said = { at: NOW / 1000 - 5, since: NOW / 1000 - 60 }
  const states = { d: stateOf('up', said), a: stateOf('down', { ...said, why: 'refused' }) }
  const conditions = [
    conditionOf('d', { target: '192.0.2.1:80' }),
    conditionOf('a', { target: '192.0.2.2:80', check: 'example.com/tcp' }),
  ]
  const health = new Health([vantageOf('cron', states, NOW / 1000)], [], NOW)
  return {
    ...healthReport(conditions, health, PLACES, { asked: new Set(['a']), full }),
    complete: true,
    problems: [],
    refused: [],
  }
}
const textOf = (report: StatusReport): string => statusText(report, { all: false, paint: plain }).join('\n')

test('status marks targets that queries asked for, and prints nothing more while all is well', () => {
  const text = textOf(reportOf([]))
  expect(text).toContain('a query asked for this check: it is probed until an hour after the last query')
  expect(text.match(/a query asked/g)).toHaveLength(1)
  expect(text).not.toContain('!')
})

test('status reports a zone whose asked checks are full, with the time and the consequence', () => {
  const full = [
    { zone: 'example.com', since: NOW - 600_000 },
    { zone: '', since: NOW - 7_200_000 },
  ]
  const text = textOf(reportOf(full))
  expect(text).toContain(
    '! queries have asked for more checks of example.com than are kept, for 10m00s: new ones are not probed',
  )
  expect(text).toContain(
    '! queries have asked for more checks of all zones than are kept, for 2h00m: new ones are not probed',
  )
})

test('status accepts a report of a Worker without asked checks', () => {
  const { askedFull: _, ...older } = reportOf([])
  expect(textOf(older)).toContain('2 targets')
})

test('the catalog marks zones that ask for checks, and a zone without the mark is written again', async () => {
  const zone = { ...publication('example.com', 1), asks: true }
  const first = must(await planPublish([zone, publication('plain.example', 1)], EMPTY_CATALOG))
  const text = first.puts.at(-1)?.value as string
  const { zones } = must(parseCatalog(text))
  expect([zones.get('example.com')?.asks, zones.get('plain.example')?.asks]).toEqual([true, undefined])
  expect(must(await planPublish([zone], must(parseCatalog(text)))).puts).toEqual([])
  const older = must(parseCatalog(text.replace(',"asks":true', '')))
  expect(must(await planPublish([zone], older)).changed).toEqual(['example.com'])
})
