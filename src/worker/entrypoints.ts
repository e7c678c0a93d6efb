import { DurableObject, RpcTarget, WorkerEntrypoint } from 'cloudflare:workers'
import type { KeySet } from '../dnssec/index.ts'
import type { AskedList, Probe } from '../health/query-path.ts'
import type {
  CatalogCalls,
  Changed,
  KeysChanged,
  LedgerCalls,
  ListedZone,
  Noticed,
  PastChange,
  Reading,
  Signing,
  SigningChange,
  Switched,
  Version,
} from '../ledger/index.ts'
import type { Notifications } from '../metrics/index.ts'
import type { EventJson, EventQuery, History, NotificationReport, Tested } from '../notify/index.ts'
import type { Result } from '../result.ts'
import type { Looked } from '../store/index.ts'
import type { KeyChange, ParentDs } from '../zone-keys/index.ts'
import type { AskedTargetsBody } from './asked-targets.ts'
import type {
  AppliedLoads,
  AskedTargetsCalls,
  Env,
  HealthMonitorCalls,
  MonitorTold,
  Probed,
  ProberCalls,
  ProbeSessionCalls,
  Pushed,
  ReportOutcome,
  VantagePointCalls,
  ZoneAdopterCalls,
  ZoneLedgerCalls,
} from './env.ts'
import type { HealthMonitorBody } from './health-monitor.ts'
import { isolateSettings } from './isolate.ts'
import type { VantagePointBody } from './vantage-point.ts'
import type { ZoneAdopterBody } from './zone-adopter.ts'
import type { ZoneLedgerBody } from './zone-ledger.ts'

// The platform knows these classes by name, so that the entry exports them. Each loads its code when it is made or
// first called: an isolate that only answers queries needs none of it. A Durable Object takes no call before. Calls
// that each waited for the code could overtake each other between two reads of the storage.

/** Keeps the checks that queries asked for: `AskedTargetsBody`. */
export class AskedTargets extends DurableObject<Env> implements AskedTargetsCalls {
  private body!: AskedTargetsBody

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.blockConcurrencyWhile(async () => {
      const { AskedTargetsBody } = await import('./asked-targets.ts')
      this.body = new AskedTargetsBody(ctx)
    })
  }

  tell(texts: readonly string[]): Promise<readonly boolean[]> {
    return this.body.tell(texts)
  }

  list(zones: readonly string[], isAll: boolean): Promise<AskedList> {
    return this.body.list(zones, isAll)
  }

  override alarm(): Promise<void> {
    return this.body.alarm()
  }
}

/** A vantage point that is a place of its own: `VantagePointBody`. */
export class VantagePoint extends DurableObject<Env> implements VantagePointCalls {
  private body!: VantagePointBody

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.blockConcurrencyWhile(async () => {
      const { VantagePointBody } = await import('./vantage-point.ts')
      this.body = new VantagePointBody(ctx, env)
    })
  }

  wake(region: string): Promise<void> {
    return this.body.wake(region)
  }

  override alarm(): Promise<void> {
    return this.body.alarm()
  }

  report(agent: string, text: string, isAll: boolean, applied?: AppliedLoads): Promise<ReportOutcome> {
    return this.body.report(agent, text, isAll, applied)
  }

  push(entries: readonly Pushed[], applied?: AppliedLoads): Promise<void> {
    return this.body.push(entries, applied)
  }
}

/** Writes the catalog, and adopts documents that were put by hand: `ZoneAdopterBody`. */
export class ZoneAdopter extends DurableObject<Env> implements ZoneAdopterCalls {
  private body!: ZoneAdopterBody

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.blockConcurrencyWhile(async () => {
      const { ZoneAdopterBody } = await import('./zone-adopter.ts')
      this.body = new ZoneAdopterBody(ctx, env)
    })
  }

  look(now: number): Promise<Looked> {
    return this.body.look(now)
  }

  switchZone(...given: Parameters<CatalogCalls['switchZone']>): Promise<Switched> {
    return this.body.switchZone(...given)
  }

  switchKeys(...given: Parameters<CatalogCalls['switchKeys']>): Promise<Switched> {
    return this.body.switchKeys(...given)
  }

  hasRoom(): Promise<boolean> {
    return this.body.hasRoom()
  }

  note(...given: Parameters<CatalogCalls['note']>): Promise<void> {
    return this.body.note(...given)
  }

  index(): Promise<readonly ListedZone[]> {
    return this.body.index()
  }

  override alarm(): Promise<void> {
    return this.body.alarm()
  }
}

/** Holds the newest document of one zone, and its history: `ZoneLedgerBody`. */
export class ZoneLedger extends DurableObject<Env> implements ZoneLedgerCalls {
  private body!: ZoneLedgerBody

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.blockConcurrencyWhile(async () => {
      const { ZoneLedgerBody } = await import('./zone-ledger.ts')
      this.body = new ZoneLedgerBody(ctx, env)
    })
  }

  read(origin: string): Promise<Reading | undefined> {
    return this.body.of(origin).read()
  }

  change(origin: string, ...change: Parameters<LedgerCalls['change']>): Promise<Changed> {
    return this.body.of(origin).change(...change)
  }

  history(origin: string): Promise<readonly Version[]> {
    return this.body.of(origin).history()
  }

  past(origin: string, id: number): Promise<PastChange | undefined> {
    return this.body.of(origin).past(id)
  }

  notice(origin: string): Promise<Noticed> {
    return this.body.of(origin).notice()
  }

  keySet(origin: string): Promise<KeySet | undefined> {
    return this.body.keysOf(origin).keySet()
  }

  parent(origin: string): Promise<ParentDs | undefined> {
    return this.body.keysOf(origin).parent()
  }

  changeKeys(origin: string, change: KeyChange): Promise<KeysChanged> {
    return this.body.keysOf(origin).changeKeys(change)
  }

  signing(origin: string): Promise<Signing | undefined> {
    return this.body.of(origin).signing()
  }

  changeSigning(origin: string, change: SigningChange): Promise<Result<Signing>> {
    return this.body.of(origin).changeSigning(change)
  }

  override alarm(): Promise<void> {
    return this.body.alarm()
  }
}

/** Watches states, keeps the record of their changes, and tells receivers: `HealthMonitorBody`. */
export class HealthMonitor extends DurableObject<Env> implements HealthMonitorCalls {
  private body!: HealthMonitorBody

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.blockConcurrencyWhile(async () => {
      const { HealthMonitorBody } = await import('./health-monitor.ts')
      this.body = new HealthMonitorBody(ctx, env)
    })
  }

  tell(told: MonitorTold): Promise<void> {
    return this.body.tell(told)
  }

  async events(query: EventQuery): Promise<readonly EventJson[]> {
    return this.body.monitor.events(query)
  }

  async history(...given: Parameters<HealthMonitorCalls['history']>): Promise<History | undefined> {
    return this.body.monitor.history(...given)
  }

  notifications(): Promise<NotificationReport> {
    return this.body.notifications()
  }

  async counts(): Promise<Notifications> {
    return this.body.monitor.deliveries.counts()
  }

  sendTest(receiver: number): Promise<Tested | undefined> {
    return this.body.test(receiver)
  }

  async sessionSalt(): Promise<string> {
    const { keptSalt } = await import('./session-salt.ts')
    return keptSalt(this.ctx.storage)
  }

  override alarm(): Promise<void> {
    return this.body.alarm()
  }
}

/**
 * Runs probes in separate invocations. A Worker cannot cancel a connection to a host that never answers, and has six
 * connections in an invocation: a few such hosts would leave none for the others.
 */
export class Prober extends WorkerEntrypoint<Env> implements ProberCalls {
  open(): ProbeSession {
    return new ProbeSession(isolateSettings(this.env).platform)
  }
}

/** Probes within one invocation, until the stub is disposed of. */
class ProbeSession extends RpcTarget implements ProbeSessionCalls {
  private readonly platform: 'edge' | 'workerd'

  constructor(platform: 'edge' | 'workerd') {
    super()
    this.platform = platform
  }

  async probe(probe: Probe): Promise<Probed> {
    const { probeHere } = await import('./probe-session.ts')
    return probeHere(probe, this.platform)
  }
}
