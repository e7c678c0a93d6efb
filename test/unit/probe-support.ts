import type { Probe, ProbeResult } from '../../src/health/index.ts'
import { type ProbeIo, runProbe } from '../../src/probe/index.ts'
import type { Case, Want } from './probe-peers.ts'

/** Where left out in a case; such a case has to be decided in half of it. */
const TIMEOUT = 3

export function probeOf({ action, host = '127.0.0.1', timeout = TIMEOUT }: Case, port: number): Probe {
  return {
    id: 'test',
    action: typeof action === 'function' ? action(port) : action,
    ...{ host, port, timeout, interval: 60, fall: 2, rise: 2, first: 'decides', from: undefined, quorum: 'any' },
  }
}

export type Observed = { readonly result: ProbeResult; readonly ms: number; readonly read: number }

/** Runs a case, and counts what is read. */
export async function observe(one: Case, port: number, io: ProbeIo): Promise<Observed> {
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
  const began = performance.now()
  const result = await runProbe(probeOf(one, port), counted)
  return { result, ms: performance.now() - began, read }
}

/** What is wrong with what was observed; empty where nothing is. */
export function complaints(one: Case, { result, ms, read }: Observed, io: ProbeIo): string[] {
  const want = (io.platform === 'agent' ? one.agent : one.workerd) ?? one.want
  const bound = one.timeout === undefined ? (TIMEOUT * 1000) / 2 : one.timeout * 1000 + 100
  return [
    ...(fits(want, result) ? [] : [`wanted ${show(want)}, got ${JSON.stringify(result)}`]),
    ...(ms <= bound ? [] : [`took ${Math.round(ms)} ms, more than ${bound}`]),
    ...(read <= (one.reads ?? 200_000) ? [] : [`read ${read} octets`]),
    ...('why' in result && (result.why.length > 80 || /\p{C}/u.test(result.why))
      ? ['the reason is not short text']
      : []),
    ...('ms' in result && !(result.ms >= 0 && result.ms <= ms + 2) ? [`${result.ms} ms are not what it took`] : []),
  ]
}

function fits(want: Want, result: ProbeResult): boolean {
  const reads = (expected: string | RegExp, why: string) =>
    typeof expected === 'string' ? expected === why : expected.test(why)
  if ('ok' in want) return result.outcome === 'ok' && result.weight === want.weight
  if ('failed' in want) return result.outcome === 'failed' && reads(want.failed, result.why)
  return result.outcome === 'not-run' && reads(want.notRun, result.why)
}

const show = (want: Want): string =>
  JSON.stringify(want, (_, value) => (value instanceof RegExp ? String(value) : value))

/** A server has little chance to get rid of more than the system's buffers hold. */
export const MOST_WRITTEN = 16 * 2 ** 20

/** What test/unit/probe-setup.ts hands over to workerd. */
declare module 'vitest' {
  export interface ProvidedContext {
    probeServers: { readonly ports: Readonly<Record<string, number>>; readonly report: number }
  }
}
