import {
  atLeast,
  exactly,
  flag,
  headerParameter,
  jsonBody,
  jsonReply,
  list,
  type Operation,
  pathParameter,
  queryParameter,
  ref,
  text,
  whole,
} from '../openapi/operation.ts'

const agent = pathParameter('agent', 'the name of the agent', 'fra')
const signature = [
  headerParameter('X-Agent', 'the name of the agent'),
  headerParameter('X-Agent-Time', 'milliseconds since the epoch'),
  headerParameter('X-Agent-Signature', 'HMAC-SHA-256, in hexadecimal'),
]
const overrides = exactly({ overrides: list(ref('Override')) })

/** The routes of `healthRoutes` and `agentRoutes`, and their documentation. */
export const healthOperations: readonly Operation[] = [
  {
    ...{ method: 'get', path: '/api/v1/health', operationId: 'getHealth', tags: ['health'] },
    summary: 'every check and target, vantage points, overrides, and what is not served',
    responses: { 200: jsonReply('the status', ref('Health')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/deployment', operationId: 'getDeployment', tags: ['health'] },
    summary:
      'what the deployment is made of: bindings, secrets by their names, variables, limits, the database of places',
    responses: { 200: jsonReply('the deployment', ref('Deployment')) },
  },
  {
    ...{ method: 'get', path: '/api/v1/overrides', operationId: 'getOverrides', tags: ['health'] },
    summary: 'the forced states',
    responses: { 200: jsonReply('the overrides', overrides) },
  },
  {
    ...{ method: 'put', path: '/api/v1/overrides', operationId: 'writeOverrides', tags: ['health'] },
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
    summary: "an application's report of its targets",
    requestBody: jsonBody(
      {
        anyOf: [atLeast({ check: text }), list(atLeast({ check: text }))],
      },
      { check: 'example.com/load', target: '192.0.2.1', state: 'up', load: { value: 42, target: 70, capacity: 100 } },
    ),
    responses: { 200: jsonReply('the number of targets that it was about', exactly({ targets: whole })) },
  },
  {
    ...{ method: 'get', path: '/api/v1/agents/{agent}/probes', operationId: 'getAgentProbes', tags: ['health'] },
    summary: 'what an agent is to probe',
    security: [],
    parameters: [agent, ...signature],
    responses: { 200: jsonReply('the probes', exactly({ probes: list({ type: 'object' }), complete: flag })) },
  },
  {
    ...{ method: 'post', path: '/api/v1/agents/{agent}/report', operationId: 'agentReport', tags: ['health'] },
    summary: 'what an agent found',
    security: [],
    parameters: [agent, ...signature],
    requestBody: jsonBody(atLeast({ name: text, at: whole, seq: whole, targets: { type: 'object' } }), {
      ...{ name: 'fra', at: 1_796_000_000_000, seq: 1_796_000_000_000, targets: {} },
    }),
    responses: { 200: jsonReply('it was taken', exactly({ taken: { const: true }, targets: whole, refetch: flag })) },
  },
]
