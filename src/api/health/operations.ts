import type { KeyedEnv } from '../access.ts'
import {
  atLeast,
  exactly,
  flag,
  headerParameter,
  jsonBody,
  jsonReply,
  list,
  pathParameter,
  queryParameter,
  ref,
  text,
  whole,
} from '../openapi/operation.ts'
import type { ServedOperation } from '../openapi/serve.ts'
import { forbidden } from '../requests.ts'
import { signed } from './agents.ts'
import { replied } from './replied.ts'
import { push, putOverrides } from './writes.ts'

const agent = pathParameter('agent', 'the name of the agent', 'fra')
const signature = [
  headerParameter('X-Agent', 'the name of the agent'),
  headerParameter('X-Agent-Time', 'milliseconds since the epoch'),
  headerParameter('X-Agent-Signature', 'HMAC-SHA-256, in hexadecimal'),
]
const overrides = exactly({ overrides: list(ref('Override')) })

/** The operations on health, overrides, and the states that applications push. */
export const healthOperations: readonly ServedOperation<KeyedEnv>[] = [
  {
    ...{ method: 'get', path: '/api/v1/health', operationId: 'getHealth', tags: ['health'] },
    answer: async (c) => forbidden(c, { kind: 'read-health' }) ?? replied(await c.env.health.health()),
    summary: 'every check and target, vantage points, overrides, and what is not served',
    responses: { 200: jsonReply('the status', ref('Health')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/deployment', operationId: 'getDeployment', tags: ['health'] },
    answer: async (c) => forbidden(c, { kind: 'read-deployment' }) ?? replied(await c.env.health.deployment()),
    summary:
      'what the deployment is made of: bindings, secrets by their names, variables, limits, the database of places',
    responses: { 200: jsonReply('the deployment', ref('Deployment')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/overrides', operationId: 'getOverrides', tags: ['health'] },
    answer: async (c) => forbidden(c, { kind: 'read-health' }) ?? replied(await c.env.health.overrides()),
    summary: 'the forced states',
    responses: { 200: jsonReply('the overrides', overrides) },
  },
  {
    ...{ method: 'put', path: '/api/v1/overrides', operationId: 'writeOverrides', tags: ['health'] },
    answer: (c) => forbidden(c, { kind: 'write-overrides' }) ?? putOverrides(c),
    summary: 'replace the forced states',
    parameters: [
      headerParameter('If-Match', 'the ETag of the overrides that the change goes out from'),
      queryParameter('force', 'true: even if a pool is left without a member', 'true'),
    ],
    requestBody: jsonBody(overrides, {
      overrides: [{ target: '192.0.2.1', force: 'down', until: '2099-01-01T00:00:00Z', by: 'ops', why: 'a new disk' }],
    }),
    responses: { 200: jsonReply('their number', exactly({ overrides: whole })) },
  },
  {
    ...{ method: 'post', path: '/api/v1/push', operationId: 'push', tags: ['health'] },
    answer: (c) => forbidden(c, { kind: 'push-health' }) ?? push(c),
    summary: "an application's report of its targets",
    requestBody: jsonBody(
      {
        anyOf: [atLeast({ check: text }), list(atLeast({ check: text }))],
      },
      { check: 'example.com/load', target: '192.0.2.1', state: 'up', load: { value: 42, target: 70, capacity: 100 } },
    ),
    responses: { 200: jsonReply('the number of targets that it was about', exactly({ targets: whole })) },
  },
]

/** The operations of agents, who sign their requests and have no key. */
export const agentOperations: readonly ServedOperation<KeyedEnv>[] = [
  {
    ...{ method: 'get', path: '/api/v1/agents/{agent}/probes', operationId: 'getAgentProbes', tags: ['health'] },
    answer: (c) => signed(c, (agent) => c.env.health.agentProbes(agent)),
    summary: 'what an agent is to probe',
    security: [],
    parameters: [agent, ...signature],
    responses: { 200: jsonReply('the probes', exactly({ probes: list({ type: 'object' }), complete: flag })) },
  },
  {
    ...{ method: 'post', path: '/api/v1/agents/{agent}/report', operationId: 'agentReport', tags: ['health'] },
    answer: (c) => signed(c, (agent, text) => c.env.health.agentReport(agent, text)),
    summary: 'what an agent found',
    security: [],
    parameters: [agent, ...signature],
    requestBody: jsonBody(atLeast({ name: text, at: whole, seq: whole, targets: { type: 'object' } }), {
      ...{ name: 'fra', at: 1_796_000_000_000, seq: 1_796_000_000_000, targets: {} },
    }),
    responses: { 200: jsonReply('it was taken', exactly({ taken: { const: true }, targets: whole, refetch: flag })) },
  },
]
