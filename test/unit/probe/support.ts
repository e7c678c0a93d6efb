import type { Probe, ProbeResult } from '../../../src/health/index.ts'
import { type ProbeIo, runProbe } from '../../../src/probe/index.ts'
import type { Case, Want } from './peers.ts'

/** Seconds. A case that is decided by what its server does is decided long before, however slow the machine is. */
const NEVER = 1200

/** Seconds for a case whose timeout runs out: more, where a slow machine did not get to the stage in time. */
export const UNTIL_LATE = [0.3, 3, 30, 300]

export function probeOf({ action, host = '127.0.0.1', maxLatency }: Case, port: number, timeout = NEVER): Probe {
  return {
    id: 'test',
    action: typeof action === 'function' ? action(port) : action,
    ...{
      host,
      port,
      timeout,
      maxLatency,
      interval: 60,
      fall: 2,
      rise: 2,
      first: 'decides',
      from: undefined,
      quorum: 'any',
    },
  }
}

export type Observed = { readonly result: ProbeResult; readonly timeout: number; readonly read: number }

/** Runs a case, and counts what is read. */
export async function observe(one: Case, port: number, io: ProbeIo): Promise<Observed> {
  const want = wantOf(one, io)
  const timeouts = 'late' in want ? UNTIL_LATE : [NEVER]
  let observed: Observed | undefined
  for (const timeout of timeouts) {
    observed = await observeOnce(one, port, io, timeout)
    if (fits(want, observed)) break
  }
  return observed as Observed
}

async function observeOnce(one: Case, port: number, io: ProbeIo, timeout: number): Promise<Observed> {
  let read = 0
  const counted: ProbeIo = {
    ...io,
    connect(...place) {
      const wire = io.connect(...place)
      const count = async () => {
        const octets = await wire.read()
        if (typeof octets !== 'string') read += octets.length
        return octets
      }
      return { ...wire, read: count }
    },
  }
  return { result: await runProbe(probeOf(one, port, timeout), counted), timeout, read }
}

/** Returns the differences between the expectation and the observation. */
export function complaints(one: Case, observed: Observed, io: ProbeIo): string[] {
  const want = wantOf(one, io)
  const { result, read } = observed
  return [
    ...(fits(want, observed) ? [] : [`wanted ${show(want)}, got ${JSON.stringify(result)}`]),
    ...(read <= (one.reads ?? 200_000) ? [] : [`read ${read} octets`]),
    ...('why' in result && (result.why.length > 80 || /\p{C}/u.test(result.why))
      ? ['the reason is not short text']
      : []),
    ...('ms' in result && !(result.ms >= 0) ? [`${result.ms} ms are not what it took`] : []),
  ]
}

const wantOf = (one: Case, io: ProbeIo): Want => (io.platform === 'agent' ? one.agent : one.workerd) ?? one.want

function fits(want: Want, { result, timeout }: Observed): boolean {
  const reads = (expected: string | RegExp, why: string) =>
    typeof expected === 'string' ? expected === why : expected.test(why)
  if ('ok' in want) return result.outcome === 'ok' && result.weight === want.weight && result.load === want.load
  if ('failed' in want) return result.outcome === 'failed' && reads(want.failed, result.why)
  if ('late' in want)
    return result.outcome === 'failed' && result.why === `no answer within ${timeout} s (${want.late})`
  return result.outcome === 'not-run' && reads(want.notRun, result.why)
}

const show = (want: Want): string =>
  JSON.stringify(want, (_, value) => (value instanceof RegExp ? String(value) : value))

/** A server has little chance to get rid of more than the system's buffers hold. */
export const MOST_WRITTEN = 16 * 2 ** 20

/** The values that test/unit/probe/setup.ts provides to workerd. */
declare module 'vitest' {
  export interface ProvidedContext {
    probeServers: { readonly ports: Readonly<Record<string, number>>; readonly report: number }
  }
}
