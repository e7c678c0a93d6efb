import type { Log } from '../events.ts'
import {
  type AskedFull,
  type AskedList,
  askedCondition,
  type ProbeCondition,
  parseAsked,
  type StalePolicy,
} from '../health/index.ts'
import type { AskingZone } from '../zone/index.ts'
import { Deadline } from './deadline.ts'
import { Refreshed, type RefreshTiming, type WaitUntil } from './refreshed.ts'

/** The checks that queries asked for, as far as they are known here. */
export type Asked = {
  readonly conditions: readonly ProbeCondition[]
  readonly full: readonly AskedFull[]
  /** The reason why the newest list is not known; the last one counts. */
  readonly problem?: string
}

/** Reads the list of some zones. */
type ReadList = (zones: readonly string[]) => Promise<AskedList>

type CopyOptions = RefreshTiming & {
  readonly log: Log
}

/** Less than a tick of the cron, so that each tick reads the list anew, however long zones are kept. */
const MAX_REFRESH_MS = 45_000

/** The cron and the API wait no longer for the list. */
const LIST_MS = 2000

type Known = { readonly zone: string; readonly condition: ProbeCondition }

const NOTHING: Asked = { conditions: [], full: [] }

/** An isolate's copy of the checks that queries asked for. It is read only where a published zone asks. */
export class AskedCopy {
  private readonly options: CopyOptions
  private readonly copy: Refreshed
  private list: AskedList = { checks: [], full: [] }
  private read: () => Promise<AskedList> = async () => this.list
  private problem: string | undefined
  /** Conditions by the text of their check: to make one costs more than to find it. */
  private known = new Map<string, Known>()

  constructor(options: CopyOptions) {
    this.options = options
    const refreshMs = Math.min(options.refreshMs, MAX_REFRESH_MS)
    const timedOut = () => this.failed('no answer in time')
    this.copy = new Refreshed((isCurrent) => this.refresh(isCurrent), timedOut, { ...options, refreshMs })
  }

  /** Returns the asked checks of some zones. Never rejects. @param read reads the list, with this request's bindings */
  async of(zones: readonly AskingZone[], read: ReadList, now: number, waitUntil: WaitUntil): Promise<Asked> {
    if (zones.length === 0) return NOTHING
    this.read = () => read(zones.map(({ zone }) => zone))
    const deadline = new Deadline(LIST_MS, this.options.timer)
    if (!(await deadline.within(this.copy.renew(now, waitUntil)))) this.copy.giveUp()
    deadline.end()
    const conditions = this.conditionsOf(new Map(zones.map(({ zone, stale }) => [zone.toLowerCase(), stale])))
    return { conditions, full: this.list.full, ...(this.problem !== undefined && { problem: this.problem }) }
  }

  private async refresh(isCurrent: () => boolean): Promise<boolean> {
    try {
      const list = checkedList(await this.read())
      if (!isCurrent()) return true
      this.list = list
      this.problem = undefined
      return true
    } catch (error) {
      this.failed(String(error))
      return false
    }
  }

  private failed(why: string): void {
    this.problem = `the checks that queries asked for could not be read: ${why}; the last ones count`
    this.options.log({ event: 'asked-failed', why })
  }

  private conditionsOf(stales: ReadonlyMap<string, StalePolicy>): ProbeCondition[] {
    const known = new Map<string, Known>()
    const conditions: ProbeCondition[] = []
    for (const text of this.list.checks) {
      const one = this.known.get(text) ?? knownOf(text)
      // A check that another version wrote, and this one cannot read, is asked for again.
      if (!one) continue
      known.set(text, one)
      const stale = stales.get(one.zone)
      if (stale) conditions.push({ ...one.condition, stale })
    }
    this.known = known
    return conditions
  }
}

/** Returns the list if it has the right shape: the object may be of another version. */
function checkedList(value: unknown): AskedList {
  const { checks, full } = (value ?? {}) as { checks?: unknown; full?: unknown }
  if (Array.isArray(checks) && Array.isArray(full) && full.every(isFull)) return { checks, full }
  throw new Error('the list is not of the shape { checks, full }')
}

const isFull = (value: unknown): value is AskedFull => {
  const { zone, since } = (value ?? {}) as Partial<AskedFull>
  return typeof zone === 'string' && typeof since === 'number' && Math.abs(since) <= LAST_MS
}

/** Dates end there (ECMA-262 §21.4.1.1). */
const LAST_MS = 8.64e15

function knownOf(text: string): Known | undefined {
  const asked = parseAsked(text)
  const condition = asked.ok ? askedCondition(asked.value, { after: 0, policy: 'keep' }) : undefined
  return asked.ok && condition?.ok ? { zone: asked.value.zone.toLowerCase(), condition: condition.value } : undefined
}
