import { connect } from 'cloudflare:sockets'
import type { Probe, ProbeResult } from '../health/index.ts'
import { runProbe, workersIo } from '../probe/index.ts'

/** A probe's result, and the number of connections left that cannot be given up before the invocation ends. */
export type Probed = { readonly result: ProbeResult; readonly hanging: number }

/** Makes a probe in the invocation that calls it. */
export async function probeHere(probe: Probe, platform: 'edge' | 'workerd'): Promise<Probed> {
  const io = workersIo((address, options) => connect(address, { allowHalfOpen: false, ...options }), fetch, platform)
  const result = await runProbe(probe, io)
  return { result, hanging: io.opening() }
}
