import { poolZone } from './health-support.ts'

export const A = '192.0.2.1'
export const B = '192.0.2.2'
export const SECRET = '0123456789abcdef'
export const settings = {
  API_KEY: 'the key of the tests',
  AGENT_KEYS: `{"agent-1":"${SECRET}","agent-2":"fedcba9876543210"}`,
}

/** A zone with every kind of check that the API reports. */
export const ZONE = poolZone('pool.example', [A, B], {
  checks: {
    web: { kind: 'tcp', port: 80 },
    load: { kind: 'push' },
    v6: { kind: 'push' },
    inner: { kind: 'http', path: '/health', from: ['agent-1'] },
  },
  records: {
    www: { A: { kind: 'pool', select: 'all', check: 'web', members: [A, B] } },
    app: { A: { kind: 'pool', select: 'weighted', weights: 'reported', check: 'load', members: [A, B] } },
    busy: {
      A: {
        kind: 'pool',
        select: 'all',
        check: 'load',
        members: [A, { answer: B, shed: { low: 50, high: 100 } }],
      },
    },
    six: { AAAA: { kind: 'pool', select: 'all', check: 'v6', members: ['2001:db8::1', '2001:db8::2'] } },
    inner: { A: { kind: 'pool', select: 'all', check: 'inner', members: [A] } },
  },
})
