import { exports } from 'cloudflare:workers'
import { logEvent } from '../events.ts'
import {
  type AskedShare,
  type Probe,
  type ProbeResult,
  type RoundResult,
  runRound,
  type Vantage,
} from '../health/index.ts'
import { MIN_KV_WRITE_GAP_MS } from '../limits.ts'
import type { ProberCalls } from './env.ts'
import type { Settings } from './settings.ts'

/** Cloudflare lets an invocation have six connections; one is left for what is not ours. */
const CONNECTIONS = 5

/** The number of probes at once, over all invocations. workerd by itself sets no limit. */
const AT_ONCE = { edge: CONNECTIONS, workerd: 50 } as const

/** A request may cause 32 invocations of Workers, this one included. */
const MOST_SESSIONS = 30

type RoundRequest = {
  readonly probes: readonly Probe[]
  readonly before: Vantage
  readonly continued: boolean
  /** True if `probes` is complete. Otherwise the states of other targets are kept. */
  readonly complete: boolean
  readonly everyMs: number
  /** The part of `probes` that queries asked for; `ms` is 0 if it is not their turn. */
  readonly asked: { readonly ids: ReadonlySet<string>; readonly ms: number }
  readonly deadlineMs: number
  /** Writes what a round has found, while it goes on. */
  readonly early: (soFar: RoundResult) => Promise<unknown>
}

/** Milliseconds for which a change of state waits for others, so that one write contains all of them. */
const NEWS_MS = 1000

/** Milliseconds after which a round writes no early change: it ends soon. */
const LAST_NEWS_MS = 30_000

/**
 * A round of probes from this Worker. What it finds counts when it ends, and hosts that never answer hold it up: so
 * what changed is written a second after the first change, once a round. It may be written again at once.
 */
export async function probeRound(request: RoundRequest, settings: Settings): Promise<RoundResult> {
  const { complete, before, early } = request
  const whole = (result: RoundResult): RoundResult =>
    complete
      ? result
      : { ...result, after: { ...result.after, targets: new Map([...before.targets, ...result.after.targets]) } }
  const began = Date.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  let written: Promise<unknown> | undefined
  const sessions = new Sessions((exports as unknown as { Prober: Service<ProberCalls> }).Prober)
  try {
    return whole(
      await runRound({
        ...request,
        maxProbes: settings.probesPerRound,
        asked: askedShare(request.asked, settings),
        clock: Date.now,
        connections: AT_ONCE[settings.platform],
        canProbe: () => sessions.canProbe,
        probe: (probe) => sessions.probe(probe),
        onNews: (soFar) => {
          if (Date.now() - began > LAST_NEWS_MS) return
          timer = setTimeout(() => {
            written = early(whole(soFar()))
              .catch((error) => logEvent({ event: 'round-failed', why: String(error) }))
              .then(() => sleep(MIN_KV_WRITE_GAP_MS))
          }, NEWS_MS)
        },
      }),
    )
  } finally {
    clearTimeout(timer)
    sessions.close()
    await written
  }
}

/** A quarter of the probes of a round, so that no client can take them from what zone documents have. */
const askedShare = ({ ids, ms }: RoundRequest['asked'], { probesPerRound }: Settings): AskedShare => ({
  ...{ ids, ms },
  maxProbes: ms > 0 ? Math.ceil(probesPerRound / 4) : 0,
})

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** An invocation of its own, and how many of its connections are taken: by probes, and by what they left hanging. */
type Session = { readonly stub: ReturnType<Service<ProberCalls>['open']>; active: number; hanging: number }

/** As many invocations as it takes: one, and another whenever hosts that never answer have used one up. */
export class Sessions {
  private readonly prober: Service<ProberCalls>
  private readonly sessions: Session[] = []

  constructor(prober: Service<ProberCalls>) {
    this.prober = prober
  }

  get canProbe(): boolean {
    return this.sessions.length < MOST_SESSIONS || this.sessions.some(hasRoom)
  }

  async probe(probe: Probe): Promise<ProbeResult> {
    const session = this.sessions.find(hasRoom) ?? this.open()
    session.active++
    try {
      const { result, hanging } = await session.stub.probe(probe)
      session.hanging += hanging
      return result
    } catch (error) {
      // Its invocation could not begin, or was ended: the next probe gets another one.
      session.hanging = CONNECTIONS
      throw error
    } finally {
      session.active--
      // One that has no room left, and nothing under way, is let go, and what hangs in it.
      if (session.active === 0 && session.hanging >= CONNECTIONS) dispose(session)
    }
  }

  close(): void {
    for (const session of this.sessions) dispose(session)
  }

  private open(): Session {
    const session = { stub: this.prober.open(), active: 0, hanging: 0 }
    this.sessions.push(session)
    return session
  }
}

const hasRoom = ({ active, hanging }: Session): boolean => active + hanging < CONNECTIONS

function dispose({ stub }: Session): void {
  // The call that opened it is a promise and a stub in one; the types know the promise alone.
  Promise.resolve(stub)
    .then((opened) => (opened as unknown as Disposable)[Symbol.dispose]())
    .catch(() => {})
}
