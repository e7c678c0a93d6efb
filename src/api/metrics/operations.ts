import { type Operation, text } from '../openapi/operation.ts'

/** The routes of `metricsRoutes`, and their documentation. */
export const metricsOperations: readonly Operation[] = [
  {
    ...{ method: 'get', path: '/metrics', operationId: 'getMetrics', tags: ['health'] },
    summary: 'health, pools, zones, overrides and vantage points, for Prometheus',
    responses: {
      200: {
        description: 'the metrics, in the form that Accept prefers',
        content: { 'text/plain': { schema: text }, 'application/openmetrics-text': { schema: text } },
      },
    },
  },
  {
    ...{ method: 'get', path: '/healthz', operationId: 'getLiveness', tags: ['health'] },
    summary: 'if zones can be answered, and health is fresh',
    security: [],
    responses: {
      200: { description: '"ok"', content: { 'text/plain': { schema: text } } },
      503: { description: 'the word for what is wrong', content: { 'text/plain': { schema: text } } },
    },
  },
]
