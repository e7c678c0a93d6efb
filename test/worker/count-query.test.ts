import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { newIsolate } from './health-support.ts'
import { EXAMPLE, publish } from './support.ts'

/** The binding of Analytics Engine. The local platform has none that keeps anything. */
class Dataset {
  readonly points: unknown[] = []

  writeDataPoint(point: unknown): void {
    this.points.push(point)
  }
}

beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

test('each answered query is a point: zone, rrset, branch and rcode', async () => {
  await publish(EXAMPLE)
  const dataset = new Dataset()
  const isolate = await newIsolate({ QUERIES: dataset })
  expect(await isolate.ask('src.example.com')).toBe('192.0.2.1')
  expect(await isolate.ask('not-there.example.com')).toBe('NXDOMAIN')
  expect(dataset.points).toEqual([
    {
      indexes: ['example.com'],
      blobs: ['example.com', 'src.example.com/A', 'view:0.0.0.0/0', 'NOERROR', ''],
      doubles: [1],
    },
    { indexes: ['example.com'], blobs: ['example.com', '', '', 'NXDOMAIN', ''], doubles: [1] },
  ])
})

test('of a sample each point stands for more queries, and a share that is none counts nothing', async () => {
  await publish(EXAMPLE)
  const dataset = new Dataset()
  const sampled = await newIsolate({ QUERIES: dataset, QUERY_SAMPLE: '0.25' })
  const drawn = vi.spyOn(Math, 'random').mockReturnValue(0.2)
  await sampled.ask('ns.example.com')
  drawn.mockReturnValue(0.3)
  await sampled.ask('ns.example.com')
  expect(dataset.points).toEqual([
    { indexes: ['example.com'], blobs: ['example.com', 'ns.example.com/A', '', 'NOERROR', ''], doubles: [4] },
  ])
  const wrong = await newIsolate({ QUERIES: dataset, QUERY_SAMPLE: 'all', API_KEY: 'the-key-of-these-tests' })
  await wrong.ask('ns.example.com')
  expect(dataset.points).toHaveLength(1)
  expect((await wrong.api('/health')).body.problems).toContain(
    'QUERY_SAMPLE is "all"; expected a share of the queries above 0, up to 1',
  )
})

test('a binding that fails costs the count, not the answer, and one line of the log', async () => {
  await publish(EXAMPLE)
  const lines = vi.spyOn(console, 'error').mockImplementation(() => {})
  const broken = {
    writeDataPoint: () => {
      throw new Error('no')
    },
  }
  const isolate = await newIsolate({ QUERIES: broken })
  expect(await isolate.ask('ns.example.com')).toBe('192.168.56.1')
  expect(await isolate.ask('ns.example.com')).toBe('192.168.56.1')
  expect(lines.mock.calls).toEqual([[expect.stringContaining('queries are not counted: Error: no')]])
})
