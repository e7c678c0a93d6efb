import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Health } from '../../../src/health/index.ts'
import { metricsOf } from '../../../src/metrics/index.ts'

const known = new Set(
  metricsOf({
    ...{ version: '', health: new Health([], [], 0), conditions: [], refused: [], askedFull: [], isComplete: true },
    ...{ pools: new Map(), guards: new Map(), zones: new Map(), settingProblems: 0, apiWrites: new Map() },
    deployment: { platform: 'edge', defaultVantages: ['cron'], vantages: ['cron'] },
  }).map(({ name }) => name),
)

test.each([
  'examples/grafana/edge-gslb.json',
  'examples/prometheus/edge-gslb.rules.yml',
  'examples/prometheus/edge-gslb.test.yml',
])('each metric that %s names is one', (file) => {
  const names = [...new Set(readFileSync(file, 'utf8').match(/\bedge_gslb_\w+/g))]
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter((name) => !known.has(name))).toEqual([])
})

test('the panels of the dashboard do not overlap, and each has a query', () => {
  const { panels } = JSON.parse(readFileSync('examples/grafana/edge-gslb.json', 'utf8'))
  const taken = new Set<string>()
  for (const { gridPos, targets, title } of panels) {
    expect([title, targets.every(({ expr }: { expr: string }) => expr.includes('edge_gslb_'))]).toEqual([title, true])
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x} ${y}`)).toBe(false)
        taken.add(`${x} ${y}`)
      }
  }
  expect(new Set(panels.map(({ id }: { id: number }) => id)).size).toBe(panels.length)
})
