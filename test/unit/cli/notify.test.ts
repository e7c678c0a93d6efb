import { describe, expect, test } from 'vitest'
import { listReceivers, testReceiver } from '../../../src/cli/notify/notify.ts'
import { failingText } from '../../../src/cli/notify/text.ts'
import { verdict } from '../../../src/cli/status/status.ts'
import { EVENT_NAMES, type ReceiverReport } from '../../../src/notify/index.ts'
import { ApiServer, problem } from './api-server.ts'
import { recorder } from './support.ts'

const NOW = Date.parse('2026-12-01T10:01:00Z')

const RECEIVER: ReceiverReport = {
  ...{ number: 1, zone: null, format: 'slack', url: 'https://hooks.slack.com/…', on: ['pool-down'], hold: 60 },
  ...{ waiting: 2, delivered: 3, failed: 1 },
  last: { at: '2026-12-01T10:00:00Z', delivered: false, event: 'pool-down', status: 500, why: 'status 500' },
}

const answered = async (body: unknown, status = 200): Promise<ApiServer> => {
  const server = await ApiServer.start()
  server.fault = () => ({ status, body })
  return server
}

describe('edge-gslb notify', () => {
  test('list prints each receiver, and how deliveries go', async () => {
    const server = await answered({ receivers: [RECEIVER], problems: [] })
    const console = recorder()
    expect(await listReceivers(server.client(), false, NOW, console)).toBe(0)
    expect(console.stdout).toEqual([
      '1. slack https://hooks.slack.com/…, all zones (NOTIFY), after 60 s',
      '   on pool-down',
      '   3 delivered, 1 given up, 2 waiting; pool-down 1m00s ago: status 500',
    ])
  })

  test('list says that nobody is told, and what is wrong with NOTIFY', async () => {
    const server = await answered({ receivers: [], problems: ['NOTIFY is not JSON; expected a list'] })
    const console = recorder()
    expect(await listReceivers(server.client(), false, NOW, console)).toBe(1)
    expect([console.stdout.join(), console.stderr.join()]).toEqual([
      'nobody is told of changes: no zone has "notify", and NOTIFY is not set',
      'error: NOTIFY is not JSON; expected a list',
    ])
  })

  test('test says how it went', async () => {
    for (const [tested, status, text] of [
      [{ receiver: 1, delivered: true, status: 204 }, 0, 'the receiver 1 has a test: status 204'],
      [{ receiver: 1, delivered: false, why: 'status 500' }, 1, 'error: the receiver 1 could not be told: status 500'],
    ] as const) {
      const server = await answered(tested)
      const console = recorder()
      expect(await testReceiver(server.client(), 1, false, console)).toBe(status)
      expect([...console.stdout, ...console.stderr]).toEqual([text])
      expect(server.seen).toEqual([expect.objectContaining({ method: 'POST', path: '/api/v1/notifications/test' })])
    }
  })

  test('an error of the API is told', async () => {
    const server = await ApiServer.start()
    server.fault = () => problem(404, 'there is no receiver 9; expected a number')
    const console = recorder()
    expect(await testReceiver(server.client(), 9, false, console)).toBe(1)
    expect(console.stderr.join()).toContain('there is no receiver 9')
  })
})

test('status names a receiver that could not be told, and is in doubt', () => {
  expect(failingText(RECEIVER)).toBe(
    'the receiver 1 of notifications, slack https://hooks.slack.com/…, could not be told: status 500; 2 messages wait',
  )
  const report = {
    ...{ now: '', vantages: [], overrides: [], targets: [], complete: true, problems: [], refused: [] },
    notifications: [{ ...RECEIVER, on: EVENT_NAMES }],
  }
  expect([verdict(report), verdict({ ...report, notifications: [] })]).toEqual([2, 0])
})
