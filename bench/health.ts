import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { formatVantage, type TargetState } from '../src/health/index.ts'
import { sealVantage } from '../src/store/index.ts'
import type { Row } from './ratio.ts'

const TARGETS = 5000
const LIMIT_MS = 2
const PROCESSES = 15

/** Measures the first load of health in a new process, as in a new isolate: none of its code is compiled yet. */
export async function healthRows(): Promise<Row[]> {
  const input = await document()
  const script = fileURLToPath(new URL('health-load.ts', import.meta.url))
  const loads = Array.from({ length: PROCESSES }, () => Number(execFileSync(process.execPath, [script], { input })))
  loads.sort((a, b) => a - b)
  const [least = Number.NaN, median = Number.NaN] = [loads[0], loads[PROCESSES >> 1]]
  const row = 'states of 5,000 targets: CPU to load, ms'
  return [{ row, value: least, limit: LIMIT_MS, spread: Math.round((median - least) * 1000) / 1000 }]
}

const WHYS = ['connect failed: connection refused', 'status 503, expected 200', 'no reply within 5 s', '']

/** A document of targets that all flap, most of them for a reason. */
function document(): Promise<string> {
  const targets = new Map<string, TargetState>()
  for (let i = 0; i < TARGETS; i++) {
    const at = 1_900_000_000 + i
    const id = Buffer.from(String(i).padStart(12, '-')).toString('base64url')
    const flaps = { count: 1 + (i % 20), from: at - 900 }
    const why = WHYS[i % WHYS.length] as string
    targets.set(id, { state: i % 2 ? 'down' : 'up', since: at, at: at + 60, ms: i % 5000, count: i % 3, why, flaps })
  }
  const round = { at: 1_900_000_000_000, ms: 9000, due: TARGETS, probed: TARGETS, left: 0 }
  return sealVantage(formatVantage({ name: 'cron', at: 1_900_000_000_000, round, targets }))
}
