export { ASKED_EXPIRES_MS } from './asked.ts'
export { askedCondition, parseAsked } from './asked-condition.ts'
export { type AskedFull, AskedSet } from './asked-set.ts'
export { type Budget, refill, spend, tokensAt } from './budget.ts'
export {
  type CheckDocument,
  checkReferenceSchema,
  checkSchema,
} from './check.ts'
export { type CheckJudge, type Expected, type Quorum, vantageName } from './check-fields.ts'
export { type Checks, compileCheck, distinctProbes, parseTarget } from './compile.ts'
export { distinctNames, probesOf } from './condition.ts'
export { expectedBy } from './contradiction.ts'
export { notAhead } from './document-not-ahead.ts'
export { formatTarget } from './endpoint.ts'
export { formatVantage, truncateReason } from './format-vantage.ts'
export {
  type GuardSettings,
  type Guards,
  guardedBy,
  guardedIn,
  guardTargets,
  readGuard,
  ZoneGuard,
} from './guard/index.ts'
export { NO_HEALTH } from './health.ts'
export { KeptHealth } from './kept-health.ts'
export type { DnsAction } from './kinds/dns.ts'
export { type ExecAction, PLACEHOLDER } from './kinds/exec.ts'
export type { GrpcAction } from './kinds/grpc.ts'
export type { HttpAction } from './kinds/http.ts'
export { type Action, type ActionOf, type Kind, summaryOf } from './kinds/index.ts'
export { type AgentAction, type AgentKind, isAgentAction } from './kinds/probed-by.ts'
export type { ExpectedOctets, Octets } from './kinds/udp.ts'
export { findOverride, liveOverrides } from './live-overrides.ts'
export { nextState, type ProbeResult, SETTLED_SECONDS, UNPROBED } from './machine.ts'
export { emptyVantage, mergeVantages } from './merge-vantages.ts'
export { type Applied, hasLoadNews, nextOffered, roundWithOffered, withOffered } from './offered.ts'
export type { Subject } from './overrides.ts'
export { formatOverrides, type OverrideText, overrideText, parseOverrides } from './overrides-document.ts'
export { octetsFor, type PatternSize } from './pattern.ts'
export {
  type Deployment,
  isForAgent,
  isProbedFrom,
  probeBlocker,
  probeBlockerWithoutAgent,
  whyUnprobed,
} from './platform.ts'
export type { PoolOfMembers, PoolShape, ShapeMember } from './pool-shape.ts'
export * from './query-path.ts'
export type { Recurring } from './recurring.ts'
export {
  type GuardReport,
  type HealthReport,
  healthReport,
  type OverrideReport,
  overrideReport,
  patienceOf,
  type TargetReport,
  type VantageReport,
} from './report.ts'
export { type AskedShare, dueProbes, nextDue, type RoundOptions, type RoundResult, runRound } from './round.ts'
export { SIGNATURE_HEADERS, type Signed, sign, verify } from './signature.ts'
export { sinceOf } from './since.ts'
export { loadChecks, type StoredChecks, storeChecks } from './stored-checks.ts'
export { subjectText } from './subject-text.ts'
export { isHeld, resultsToChange, type TargetState, type Thresholds } from './target-state.ts'
export { effectiveTimes } from './times.ts'
export type { Round } from './vantage.ts'
export { HEARTBEAT_MS, toWrite } from './writing.ts'
export { zoneOfCheck } from './zone-of-check.ts'
