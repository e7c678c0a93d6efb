import type { HealthReply } from '../../api/index.ts'

export const reply = (status: 200, body: unknown): HealthReply => ({ status, body })

export const failure = (status: 404 | 409 | 412 | 422 | 500 | 503, error: string): HealthReply => ({ status, error })
