export { ASKED_EXPIRES_MS, ASKED_TELL_MS, type AskedCheck, formatAsked, isShortEnough } from './asked.ts'
export { askedCondition, parseAsked } from './asked-condition.ts'
export { type AskedFull, type AskedList, AskedSet, type Told } from './asked-set.ts'
export { refill, spend } from './budget.ts'
export {
  type CheckDocument,
  type CheckJudge,
  type CheckReference,
  checkReferenceSchema,
  checkSchema,
  type Expected,
  type Quorum,
  vantageName,
} from './check.ts'
export { type Checks, compileCheck, distinctProbes, effectiveTimes, parseTarget } from './compile.ts'
export { type Condition, distinctNames, type ProbeCondition, probesOf, type StalePolicy } from './condition.ts'
export { Health, NO_HEALTH, type Status } from './health.ts'
export {
  brief,
  isHeld,
  type ProbeResult,
  resultsToChange,
  SETTLED_SECONDS,
  step,
  type TargetState,
  type Thresholds,
  UNPROBED,
} from './machine.ts'
export { notAhead } from './not-ahead.ts'
export { findOverride, formatOverrides, type Override, parseOverrides, parseTime, type Subject } from './overrides.ts'
export { octetsFor, type PatternSize } from './pattern.ts'
export {
  isForAgent,
  isProbedFrom,
  type Platform,
  REGIONS,
  unprobed,
  unrunnable,
  unrunnableByItsOwn,
} from './platform.ts'
export { type Action, formatTarget, type HttpAction, type Probe } from './probe.ts'
export {
  type HealthReport,
  healthReport,
  type OverrideReport,
  type TargetReport,
  type VantageReport,
} from './report.ts'
export { type AskedShare, dueProbes, nextDue, type RoundOptions, type RoundResult, runRound } from './round.ts'
export { SIGNATURE_HEADERS, type Signed, sign, verify } from './signature.ts'
export {
  CRON,
  emptyVantage,
  formatVantage,
  mergeVantages,
  PUSH,
  parseVantage,
  type Round,
  VANTAGE_NAME,
  type Vantage,
} from './vantage.ts'
export { HEARTBEAT_MS, toWrite } from './writing.ts'
