import { connect } from 'cloudflare:sockets'
import { RpcTarget, WorkerEntrypoint } from 'cloudflare:workers'
import type { Probe, ProbeResult } from '../health/index.ts'
import { runProbe, workersIo } from '../probe/index.ts'
import { isolateSettings } from './isolate.ts'
import type { Env } from './settings.ts'

/** What a probe found, and how many connections it leaves that cannot be given up before the invocation ends. */
export type Probed = { readonly result: ProbeResult; readonly hanging: number }

/** Probes within one invocation, until the stub is disposed of. */
export class ProbeSession extends RpcTarget {
  private readonly platform: 'edge' | 'workerd'

  constructor(platform: 'edge' | 'workerd') {
    super()
    this.platform = platform
  }

  async probe(probe: Probe): Promise<Probed> {
    const io = workersIo(
      (address, options) => connect(address, { allowHalfOpen: false, ...options }),
      fetch,
      this.platform,
    )
    const result = await runProbe(probe, io)
    return { result, hanging: io.opening() }
  }
}

/**
 * Where probes run: invocations of their own. A Worker cannot give up a connection to a host that never answers, and has
 * six in an invocation: a handful of such hosts would leave none for all others.
 */
export class Prober extends WorkerEntrypoint<Env> {
  open(): ProbeSession {
    return new ProbeSession(isolateSettings(this.env).platform)
  }
}
