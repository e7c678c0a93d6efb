import { logEvent } from '../events.ts'
import {
  distinctProbes,
  emptyVantage,
  formatVantage,
  HEARTBEAT_MS,
  hasLoadNews,
  isProbedFrom,
  nextDue,
  nextState,
  notAhead,
  PUSH,
  parseVantage,
  probeBlocker,
  REGIONS,
  type RoundResult,
  SETTLED_SECONDS,
  type TargetState,
  type Thresholds,
  UNPROBED,
  type Vantage,
  withOffered,
} from '../health/index.ts'
import { MAX_SEQ_AHEAD_MS, MIN_KV_WRITE_GAP_MS } from '../limits.ts'
import { graver, keysOfText, VantageWriter, valuesOfText } from '../store/index.ts'
import { appliedNow } from './applied.ts'
import { allConditions } from './conditions.ts'
import type { AppliedLoads, Env, Pushed, ReportOutcome } from './env.ts'
import { tellGuards } from './guards.ts'
import { isolateSettings } from './isolate.ts'
import { tellMonitor } from './monitor-object.ts'
import { probeRound } from './prober.ts'

/** A region that the cron has not woken for so long is no longer wanted. */
const FORGOTTEN_MS = 300_000

/** No alarm sooner: each is a request of the free plan's 100,000 a day. */
const MIN_ALARM_MS = 1000

/** Probes end by then: long before an alarm has to, and longer than any of them may take. */
const DEADLINE_MS = 90_000

/** Asked checks are probed in one round of so many milliseconds: the others may be due every second. */
const ASKED_EVERY_MS = 30_000
const ASKED_MS = 5000

/** A write that KV refused is tried again sooner than one that the budget refused. */
const RETRY_MS = 5000
const FLUSH_MS = 60_000

/** Pushed states count at once. */
const AT_ONCE: Thresholds = { fall: 1, rise: 1, first: 'decides' }

/**
 * A vantage point that is a place of its own: a region that probes by alarms, an agent that reports, or all
 * applications that push. A Durable Object runs once in the world and one thing after the other, which KV cannot
 * promise: nothing that it knows is lost or overtaken. It alone writes its document, and only its alarm does.
 */
export class VantagePointBody {
  private readonly ctx: DurableObjectState
  private readonly env: Env
  private writer: VantageWriter | undefined
  /** Always the newest: who comes while something is written builds on it. */
  private vantage: Vantage | undefined
  private unwritten: Changed = 'nothing'
  /** The values in the storage beside the document, as far as they are known. */
  private kept: { readonly name: unknown; readonly unwritten: unknown; readonly parts: unknown } | undefined
  /** The states in KV, as far as they are known: loads are compared with them. */
  private written: Vantage['targets'] = new Map()
  /** The time of the last round that probed asked checks, in milliseconds since the epoch. */
  private askedAt = 0

  constructor(ctx: DurableObjectState, env: Env) {
    this.ctx = ctx
    this.env = env
  }

  /** Called by the cron: probe from here, from now on. */
  async wake(region: string): Promise<void> {
    await this.ctx.storage.put({ region, wokenAt: Date.now() })
    const alarm = await this.ctx.storage.getAlarm()
    // One that is so far ahead was set while the clock was wrong.
    if (alarm === null || alarm > Date.now() + FORGOTTEN_MS) {
      await this.ctx.storage.setAlarm(Date.now() + MIN_ALARM_MS)
    }
  }

  async alarm(): Promise<void> {
    const region = await this.ctx.storage.get<string>('region')
    if (region === undefined) return this.flush()
    const wokenAt = (await this.ctx.storage.get<number>('wokenAt')) ?? 0
    if (Date.now() - wokenAt > FORGOTTEN_MS || !isolateSettings(this.env).defaultVantages.includes(region)) return
    let next = Date.now() + FORGOTTEN_MS / 5
    try {
      next = await this.round(region)
    } catch (error) {
      logEvent({ event: 'round-failed', region, why: String(error) })
    } finally {
      // Probing goes on after any failure.
      await this.ctx.storage.setAlarm(Math.max(Date.now() + MIN_ALARM_MS, next))
    }
  }

  /** @returns when the next probe is due */
  private async round(region: string): Promise<number> {
    const settings = isolateSettings(this.env)
    const waitUntil = (work: Promise<unknown>) => this.ctx.waitUntil(work)
    const all = await allConditions(this.env, Date.now(), waitUntil)
    const { conditions, asked: ids, complete, guards } = all
    // The cron does not look at health where regions probe: one of them tells.
    if (region === settings.regions[0]) await tellGuards(guards, this.env, waitUntil)
    const probes = distinctProbes(conditions).filter(
      (probe) =>
        isProbedFrom(probe, region, settings.defaultVantages) && probeBlocker(probe, settings.platform) === undefined,
    )
    if (probes.length === 0) return Date.now() + FORGOTTEN_MS / 10
    const before = await this.known(region)
    const everyMs = MIN_ALARM_MS
    const early = (soFar: RoundResult): Promise<unknown> => {
      this.vantage = soFar.after
      this.unwritten = graver(this.unwritten, soFar.changed)
      return this.write(region)
    }
    const isTurn = Date.now() - this.askedAt >= ASKED_EVERY_MS || Date.now() < this.askedAt
    if (isTurn) this.askedAt = Date.now()
    const asked = { ids, ms: isTurn ? ASKED_MS : 0 }
    const request = { probes, before, complete, continued: true, asked, everyMs, deadlineMs: DEADLINE_MS, early }
    const applied = await appliedNow(this.env, all, Date.now(), waitUntil)
    const found = await probeRound(request, settings)
    const after = withOffered(before, found.after, applied)
    const { changed } = found
    this.vantage = after
    // Counts are remembered here, and need not be written.
    this.unwritten = graver(this.unwritten, changed === 'state' ? 'state' : measured(before, after, this.written))
    const saved = await this.write(region)
    if (saved !== 'kept' || changed !== 'nothing') await this.keep(await this.known(region))
    const { left } = after.round ?? { left: 0 }
    if (left > 0) return Date.now()
    const [theirs, own] = [true, false].map((isAsked) => probes.filter(({ id }) => ids.has(id) === isAsked))
    const askedDue = Math.max(nextDue(theirs ?? [], after), this.askedAt + ASKED_EVERY_MS)
    return Math.min(nextDue(own ?? [], after), askedDue, Date.now() + FORGOTTEN_MS / 5)
  }

  /**
   * Takes the report of an agent, which has all its targets.
   * @param isAll false if some zones could not be read: targets that are missing keep their state
   * @returns 'replayed' for a report that is not newer than the last
   */
  async report(agent: string, text: string, isAll: boolean, applied: AppliedLoads = new Map()): Promise<ReportOutcome> {
    const parsed = parseVantage(text)
    if (!parsed.ok) return { invalid: parsed.error }
    const { targets: told, seq, round } = parsed.value
    if (seq === undefined) return { invalid: 'the report has no "seq"; expected a whole number of 0 or more' }
    const maxSeq = Date.now() + MAX_SEQ_AHEAD_MS
    if (seq > maxSeq) return { invalid: `"seq" is ${seq}; expected at most ${maxSeq}, milliseconds since 1970` }
    const before = await this.known(agent)
    // A number out of range was stored before it was refused: it must not lock the agent out.
    const last = before.seq ?? -1
    if (last <= maxSeq && seq <= last) return 'replayed'
    const targets = isAll ? told : new Map([...before.targets, ...told])
    const after = { ...before, name: agent, seq, targets, ...(round && { round }) }
    await this.take(before, withOffered(before, after, applied))
    return 'taken'
  }

  /** Takes the states that applications push. */
  async push(entries: readonly Pushed[], applied: AppliedLoads = new Map()): Promise<void> {
    const before = await this.known(PUSH)
    const targets = new Map(before.targets)
    for (const { id, result } of entries) {
      targets.set(id, nextState(targets.get(id) ?? UNPROBED, result, Date.now() / 1000, AT_ONCE))
    }
    await this.take(before, withOffered(before, { ...before, targets }, applied))
  }

  /** Returns the document in memory, else the stored one: the object may have been evicted since. */
  private async known(name: string): Promise<Vantage> {
    if (this.vantage) {
      this.vantage = notAhead(this.vantage, Date.now(), readerOf(name))
      return this.vantage
    }
    const { storage } = this.ctx
    const stored = await storage.get<string | number>(['document', 'parts', 'unwritten', 'name'])
    const keys = keysOfText('document', Number(stored.get('parts') ?? 1))
    const parts = keys.length > 1 ? await storage.get<string | number>(keys) : stored
    const text = keys.map((key) => parts.get(key) ?? '').join('')
    const joined = parseVantage(text)
    // A version of the Worker before parts wrote the first one alone.
    const parsed = joined.ok || keys.length === 1 ? joined : parseVantage(String(parts.get('document') ?? ''))
    if (!parsed.ok && text !== '') logEvent({ event: 'health-failed', vantage: name, why: parsed.error })
    // While it was read, another call may have gone on.
    if (!this.vantage) {
      this.vantage = parsed.ok ? notAhead(parsed.value, Date.now(), readerOf(name)) : emptyVantage(name)
      this.written = this.vantage.targets
      this.kept = { name: stored.get('name'), unwritten: stored.get('unwritten'), parts: stored.get('parts') }
    }
    this.unwritten = graver(this.unwritten, (stored.get('unwritten') as Changed | undefined) ?? 'nothing')
    return this.vantage
  }

  /** Remembers and stores what is new, and has it written by an alarm. */
  private async take(before: Vantage, after: Vantage): Promise<void> {
    const changes = changesOf(before, after)
    const changed = changes.length > 0 ? 'state' : measured(before, after, this.written)
    const urgent = before.urgent || changes.some(({ since }) => Date.now() / 1000 - since > SETTLED_SECONDS)
    const waits = this.unwritten !== 'nothing'
    this.vantage = { ...after, urgent }
    this.unwritten = graver(this.unwritten, changed)
    await this.keep(after)
    const beatAt = after.at + HEARTBEAT_MS
    const isQuiet = changed === 'nothing' && Date.now() < beatAt
    // An agent that says nothing more may be gone. What is pushed holds from when it was said, which has to be known.
    if (isQuiet && after.name !== PUSH) return
    const at = isQuiet ? beatAt : Math.max(Date.now(), after.at + MIN_KV_WRITE_GAP_MS)
    const alarm = await this.ctx.storage.getAlarm()
    // One that waits for the budget does not hold up a change of state, and one that waits for the next beat nothing.
    const isWrong = alarm !== null && alarm > Date.now() + HEARTBEAT_MS
    if (alarm === null || isWrong || changed === 'state' || (!waits && at < alarm)) await this.ctx.storage.setAlarm(at)
  }

  /** Stores the document, and what else is new: the platform bills each key as a row. */
  private async keep(vantage: Vantage): Promise<void> {
    const document = valuesOfText('document', formatVantage(vantage))
    const rest = { name: vantage.name, unwritten: this.unwritten, parts: Object.keys(document).length }
    const { kept } = this
    const isKept = rest.name === kept?.name && rest.unwritten === kept.unwritten && rest.parts === kept.parts
    // Before the wait: another call compares with it, and the storage does one after the other.
    this.kept = rest
    try {
      await this.ctx.storage.put({ ...document, ...(!isKept && rest) })
    } catch (error) {
      this.kept = undefined
      throw error
    }
  }

  /** Writes what was taken. What the budget does not allow now, a later alarm writes. */
  private async flush(): Promise<void> {
    const name = await this.ctx.storage.get<string>('name')
    if (name === undefined) return
    await this.known(name)
    const saved = await this.write(name)
    await this.keep(await this.known(name))
    if (this.unwritten === 'nothing' || (await this.ctx.storage.getAlarm()) !== null) return
    await this.ctx.storage.setAlarm(Date.now() + (saved === 'failed' ? RETRY_MS : FLUSH_MS))
  }

  private async write(name: string): Promise<'written' | 'kept' | 'failed'> {
    this.writer ??= this.newWriter(name)
    const after = await this.known(name)
    const changed = this.unwritten
    // Changes during the write count from here.
    this.unwritten = 'nothing'
    this.vantage = { ...after, urgent: false }
    const saved = await this.writer.save({ after, changed })
    if (saved === 'written') this.written = after.targets
    if (saved === 'written' && changed === 'state') this.tell(this.writer.remembered)
    const late = saved === 'written' ? undefined : changed
    if (late) this.unwritten = graver(this.unwritten, late)
    const { at, budget } = this.writer.remembered ?? after
    const newest = await this.known(name)
    const urgent = newest.urgent || (late !== undefined && after.urgent === true)
    this.vantage = { ...newest, at, urgent, ...(budget && { budget }) }
    return saved
  }

  /** Behind what is under way: nobody waits for it. */
  private tell(written: Vantage | undefined): void {
    if (written) this.ctx.waitUntil(tellMonitor(this.env, { vantage: formatVantage(written) }))
  }

  private newWriter(name: string): VantageWriter {
    return new VantageWriter(this.env.GSLB, {
      ...{ name, perDay: isolateSettings(this.env).writesPerDay, forgets: true, shared: false, clock: Date.now },
      log: logEvent,
    })
  }
}

type Changed = RoundResult['changed']

/** A region probes by itself. What agents and applications report is theirs, and holds from now on. */
const readerOf = (name: string) => (REGIONS.includes(name) ? 'prober' : 'other')

/** Returns the earlier states of the targets whose state changed. */
const changesOf = (before: Vantage, { targets }: Vantage): TargetState[] =>
  Array.from(targets, ([id, { state }]) => ({ known: before.targets.get(id) ?? UNPROBED, state }))
    .filter(({ known, state }) => known.state !== state)
    .map(({ known }) => known)

/** Returns `progress` if a target reports another weight, or a load that is news beside the written one. */
function measured(before: Vantage, { targets }: Vantage, written: Vantage['targets']): Changed {
  for (const [id, { weight }] of targets) if (weight !== before.targets.get(id)?.weight) return 'progress'
  return hasLoadNews(written, targets) ? 'progress' : 'nothing'
}
