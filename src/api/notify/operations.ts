import type { KeyedEnv } from '../access.ts'
import { replied } from '../health/replied.ts'
import { exactly, flag, jsonBody, jsonReply, list, queryParameter, ref, text, whole } from '../openapi/operation.ts'
import type { ServedOperation } from '../openapi/serve.ts'
import { forbidden } from '../requests.ts'
import { events, history, testOne } from './handlers.ts'

const from = queryParameter('from', 'the beginning, like 2026-11-22T18:00:00Z')
const to = queryParameter('to', 'the end; now if it is left out')

/** The operations on the record of health, and on who is told of it. */
export const notifyOperations: readonly ServedOperation<KeyedEnv>[] = [
  {
    ...{ method: 'get', path: '/api/v1/health/events', operationId: 'getHealthEvents', tags: ['health'] },
    answer: (c) => forbidden(c, { kind: 'read-health' }) ?? events(c),
    summary: 'what changed: targets, pools, vantage points, overrides and zones, the newest first',
    parameters: [
      queryParameter('zone', 'of this zone alone', 'example.com'),
      queryParameter('target', 'of this target alone'),
      queryParameter('pool', 'of this pool alone, like www.example.com/A'),
      ...[from, to],
      queryParameter('limit', 'at most so many; 100 if it is left out', 10, whole),
    ],
    responses: { 200: jsonReply('the events', exactly({ events: list(ref('HealthEvent')) })) },
  },
  {
    ...{ method: 'get', path: '/api/v1/health/history', operationId: 'getHealthHistory', tags: ['health'] },
    answer: (c) => forbidden(c, { kind: 'read-health' }) ?? history(c),
    summary: 'the states and latencies of a target, the oldest first',
    parameters: [
      { ...queryParameter('zone', 'the zone that checks it', 'example.com'), required: true },
      { ...queryParameter('target', 'the target, as the status shows it', '192.0.2.1'), required: true },
      queryParameter('from', 'the beginning; a day before the end if it is left out'),
      to,
    ],
    responses: { 200: jsonReply('the past', ref('HealthHistory')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/notifications', operationId: 'getNotifications', tags: ['health'] },
    answer: async (c) => forbidden(c, { kind: 'read-health' }) ?? replied(await c.env.health.notifications()),
    summary: 'who is told of changes, without secrets, and how that went',
    responses: {
      200: jsonReply('the receivers', exactly({ receivers: list(ref('Receiver')), problems: list(text) })),
    },
  },
  {
    ...{ method: 'post', path: '/api/v1/notifications/test', operationId: 'testNotification', tags: ['health'] },
    answer: (c) => forbidden(c, { kind: 'test-notifications' }) ?? testOne(c),
    summary: 'send a test to a receiver',
    requestBody: jsonBody(exactly({ receiver: whole }), { receiver: 1 }),
    responses: {
      200: jsonReply('the outcome', exactly({ receiver: whole, delivered: flag }, { status: whole, why: text })),
    },
  },
]
