import type { KeySet } from '../dnssec/index.ts'
import type { Applied, AskedList, Probe, ProbeResult } from '../health/index.ts'
import type {
  Author,
  CatalogCalls,
  Change,
  Changed,
  Condition,
  KeysChanged,
  Noticed,
  PastChange,
  Reading,
  Signing,
  SigningChange,
  Version,
} from '../ledger/index.ts'
import type { Notifications } from '../metrics/index.ts'
import type { Told } from '../monitor/index.ts'
import type { EventJson, EventQuery, History, NotificationReport, Tested } from '../notify/index.ts'
import type { Result } from '../result.ts'
import type { Looked } from '../store/index.ts'
import type { KeyChange, ParentDs } from '../zone-keys/index.ts'

/** The bindings and variables of the Worker. All variables are text. */
export type Env = {
  readonly GSLB: KVNamespace
  readonly VANTAGE: DurableObjectNamespace<VantagePointCalls>
  readonly ASKED: DurableObjectNamespace<AskedTargetsCalls>
  readonly ADOPTER: DurableObjectNamespace<ZoneAdopterCalls>
  readonly LEDGER: DurableObjectNamespace<ZoneLedgerCalls>
  readonly MONITOR: DurableObjectNamespace<HealthMonitorCalls>
  readonly REFRESH_SECONDS?: string
  readonly PROBE_REGIONS?: string
  readonly PROBES_PER_ROUND?: string
  readonly KV_WRITES_PER_DAY?: string
  readonly PLAN?: string
  readonly PLATFORM?: string
  readonly CLIENT_SUBNET?: string
  /** The path of DNS over HTTPS, and the host name by which clients discover it. */
  readonly DOH_PATH?: string
  readonly DOH_NAME?: string
  /** Forwarding of names outside our zones: DoH servers, who may use it, and what they learn of the client. */
  readonly UPSTREAMS?: string
  readonly FORWARD_TO?: string
  readonly FORWARD_CLIENT_SUBNET?: string
  readonly FORWARD_LIMIT?: RateLimit
  /** The dataset in which queries are counted, and the share of them that is. Without the binding none is. */
  readonly QUERIES?: AnalyticsEngineDataset
  readonly QUERY_SAMPLE?: string
  /** Tells what the counts are read by: the account, the dataset, and a token that may read them, which is a secret. */
  readonly ANALYTICS_ACCOUNT?: string
  readonly ANALYTICS_DATASET?: string
  readonly ANALYTICS_TOKEN?: string
  /** The name, and perhaps the type, that the landing page's Test button asks for. */
  readonly TEST_NAME?: string
  /** Cloudflare Access: the team, the audience tag of the application, and who may do everything. */
  readonly ACCESS_TEAM?: string
  readonly ACCESS_AUD?: string
  readonly ACCESS_ADMINS?: string
  /** Secrets. */
  readonly API_KEY?: string
  readonly AGENT_KEYS?: string
  /** The receivers of changes of all zones: JSON, with secrets in it. */
  readonly NOTIFY?: string
  /** Opens the private keys of zones whose answers are signed. */
  readonly DNSSEC_SECRET?: string
}

// The calls of the classes that `entrypoints.ts` exports. They stand here, so that code that calls one needs no class.

export interface VantagePointCalls extends Rpc.DurableObjectBranded {
  /** Goes on as a region, or becomes one. */
  wake(region: string): Promise<void>
  /** Takes an agent's report. */
  report(agent: string, text: string, isAll: boolean, applied?: AppliedLoads): Promise<ReportOutcome>
  /** Takes the states that an application pushed. */
  push(entries: readonly Pushed[], applied?: AppliedLoads): Promise<void>
}

/** A state that an application pushed for a target. */
export type Pushed = { readonly id: string; readonly result: ProbeResult }

/** Tells what answers do to the load of each target, by the identity of its probe. */
export type AppliedLoads = ReadonlyMap<string, Applied>

/** The outcome of an agent's report. */
export type ReportOutcome = 'taken' | 'replayed' | { readonly invalid: string }

export interface AskedTargetsCalls extends Rpc.DurableObjectBranded {
  /** Takes checks that an isolate met. @returns for each, in order, true if it is known now */
  tell(texts: readonly string[]): Promise<readonly boolean[]>
  /** Returns the checks of the zones that are published. @param isAll true if no other zone asks */
  list(zones: readonly string[], isAll: boolean): Promise<AskedList>
}

export interface ZoneAdopterCalls extends Rpc.DurableObjectBranded, CatalogCalls {
  /** Looks for documents that were put by hand, once. @param now milliseconds since the epoch */
  look(now: number): Promise<Looked>
}

/** `LedgerCalls` of the zone `origin`, which is absolute, in lower case, and the name of the object. */
export interface ZoneLedgerCalls extends Rpc.DurableObjectBranded {
  read(origin: string): Promise<Reading | undefined>
  change(origin: string, change: Change, author: Author, condition?: Condition): Promise<Changed>
  history(origin: string): Promise<readonly Version[]>
  past(origin: string, id: number): Promise<PastChange | undefined>
  notice(origin: string): Promise<Noticed>
  keySet(origin: string): Promise<KeySet | undefined>
  parent(origin: string): Promise<ParentDs | undefined>
  changeKeys(origin: string, change: KeyChange): Promise<KeysChanged>
  signing(origin: string): Promise<Signing | undefined>
  changeSigning(origin: string, change: SigningChange): Promise<Result<Signing>>
}

export interface HealthMonitorCalls extends Rpc.DurableObjectBranded {
  /** Has it look at what stands in KV. @param told what was just written there */
  tell(told: MonitorTold): Promise<void>
  events(query: EventQuery): Promise<readonly EventJson[]>
  /** Times are milliseconds since the epoch. */
  history(zone: string, target: string, from: number, to: number): Promise<History | undefined>
  notifications(): Promise<NotificationReport>
  counts(): Promise<Notifications>
  /** @returns undefined if there is no receiver of that number */
  sendTest(receiver: number): Promise<Tested | undefined>
  /** Returns the salt by which sessions of the console are signed, beside the hash of a key. */
  sessionSalt(): Promise<string>
}

/** `catalog`: the text of the list of zones. */
export type MonitorTold = Told & { readonly catalog?: string }

export interface ProberCalls extends Rpc.WorkerEntrypointBranded {
  open(): ProbeSessionCalls
}

/** Probes in one invocation, until the stub is disposed of. */
export interface ProbeSessionCalls extends Rpc.RpcTargetBranded {
  probe(probe: Probe): Promise<Probed>
}

/** A probe's result, and the number of connections left that cannot be given up before the invocation ends. */
export type Probed = { readonly result: ProbeResult; readonly hanging: number }
