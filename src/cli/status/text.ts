import type { GuardReport, TargetReport, VantageReport } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import { span } from '../duration.ts'
import { failingText } from '../notify/text.ts'
import { forcedText, overrideLines } from '../override/text.ts'
import { type Cell, type Paint, table, textOf } from '../paint.ts'
import { plural } from '../zones/compile-files.ts'
import { poolLines } from './pools.ts'
import type { StatusReport } from './status.ts'
import { costWarnings, zoneLines } from './zones.ts'

/** With more targets than this, checks are summed up, and only targets that need attention are shown. */
const MAX_UNSUMMED = 40
/** The maximum number of targets shown without `--all`. */
const MAX_SHOWN = 200

/** Formats health for a person. Targets that need attention come first. */
export function statusText(
  report: StatusReport,
  { all, costs = false, paint }: { readonly all: boolean; readonly costs?: boolean; readonly paint: Paint },
): string[] {
  const { targets, vantages, overrides, pools = [] } = report
  const now = Date.parse(report.now)
  const sorted = [...targets].sort(
    (a, b) => rank(a) - rank(b) || compare(a.check, b.check) || compare(a.target, b.target),
  )
  const summed = !all && targets.length > MAX_UNSUMMED
  const relevant = summed ? sorted.filter((target) => rank(target) < HEALTHY) : sorted
  const shown = summed ? relevant.slice(0, MAX_SHOWN) : relevant
  const hidden = relevant.length - shown.length
  return [
    paint('bold', `${plural(targets.length, 'target')}${counts(targets)}`),
    ...warnings(report).map((line) => paint(['bold', 'red'], `! ${line}`)),
    ...(summed ? ['', ...checkLines(targets, paint)] : []),
    ...(shown.length > 0 ? ['', ...targetLines(shown, now, paint)] : []),
    ...(hidden > 0 ? [`and ${hidden} more that need attention; --all shows them`] : []),
    ...poolLines(pools, { all, now, paint }),
    ...(vantages.length > 0 ? ['', paint('bold', 'Vantage points'), ...vantageLines(vantages, now, paint)] : []),
    ...(overrides.length > 0 ? ['', paint('bold', 'Overrides'), ...overrideLines(overrides, now, paint)] : []),
    ...(costs ? zoneLines(report, { all, paint }) : []),
  ]
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Returns the urgency of a target: the lowest number is the most urgent, and HEALTHY needs no attention. */
function rank(target: TargetReport): number {
  const { state, real, stale, forced, held, reports } = target
  if (state === 'down') return forced ? 1 : 0
  if (stale || held) return 2
  if (isUnprobed(target)) return 3
  if (forced || state === 'drained') return 4
  if (reports.some(({ count, why, state }) => count > 0 || why !== '' || state === 'down')) return 5
  return real === 'unknown' ? 6 : HEALTHY
}
const HEALTHY = 7

/** True if the Worker cannot probe the target, and no agent has. */
const isUnprobed = ({ unrunnable, reports }: TargetReport): boolean => unrunnable !== undefined && reports.length === 0

/** Formats counts by state: `: 2 down, 4 up, 1 stale`. */
function counts(targets: readonly TargetReport[]): string {
  const of = (label: string, matches: (target: TargetReport) => boolean): string[] => {
    const count = targets.filter(matches).length
    return count > 0 ? [`${count} ${label}`] : []
  }
  const parts = [
    ...of('down', ({ state }) => state === 'down'),
    ...of('drained', ({ state }) => state === 'drained'),
    ...of('up', ({ state }) => state === 'up'),
    ...of('held', ({ held }) => held !== undefined),
    ...of('forced', ({ forced }) => forced !== undefined),
    ...of('stale', ({ stale }) => stale),
    ...of('not probed yet', ({ reports }) => reports.length === 0),
  ]
  return parts.length > 0 ? `: ${parts.join(', ')}` : ''
}

function warnings(report: StatusReport): string[] {
  const {
    targets,
    vantages,
    complete,
    problems,
    refused,
    now,
    askedFull = [],
    aliases = [],
    dnssec = [],
    guards = [],
    notifications = [],
  } = report
  const ago = (time: string): string => span(Date.parse(now) - Date.parse(time))
  const silent = new Set(
    targets.flatMap(({ reports }) => reports.filter((report) => report.silent).map(({ vantage }) => vantage)),
  )
  const left = targets.filter(isUnprobed).length
  return [
    ...problems.map((problem) => `a setting of the Worker: ${printable(problem)}`),
    ...(complete ? [] : ['not every zone could be read: checks may be missing here, and are not probed']),
    ...guards.filter(({ holding }) => holding).map((guard) => printable(guardText(guard, now))),
    ...refused.map(({ origin, why, since }) => printable(`${refusedName(origin)} for ${ago(since)}: ${why}`)),
    ...aliases.map(({ name, type, why, since, isServed }) =>
      printable(
        `the ${type} records of ${name}, which an ALIAS leads to, cannot be had for ${ago(since)}: ${why}; ${ALIAS_FATE[isServed ? 'stale' : 'none']}`,
      ),
    ),
    ...dnssec.flatMap(({ warnings }) => warnings.map(printable)),
    ...notifications.map((receiver) => printable(failingText(receiver))),
    ...unheard(targets, vantages),
    ...askedFull.map(({ zone, since }) => fullText(printable(zone), ago(since))),
    ...costWarnings(report),
    ...(left > 0 ? [`${plural(left, 'target')} that no vantage point probes: see below`] : []),
    ...vantages
      .filter(({ name }) => silent.has(name))
      .map(({ name, at }) => `${name} has been silent for ${ago(at)}: ${advice(name)}`),
    ...vantages.flatMap(({ name, round }) =>
      round && round.left > 0
        ? [
            `${name} left ${round.left} of ${round.due} due probes for later: ${CAPACITY_ADVICE[isWorker(name) ? 'worker' : 'agent']}`,
          ]
        : [],
    ),
  ]
}

function guardText({ zone, fell, of, held, within, since = '', until = '' }: GuardReport, now: string): string {
  const [ago, left] = [Date.parse(now) - Date.parse(since), Date.parse(until) - Date.parse(now)]
  const why = `${fell} of ${of} targets went down within ${span(within * 1000)}`
  const what = `${held === 1 ? '1 is' : `${held} are`} held up as before`
  return `the guard of ${zone} holds since ${span(ago)}, for ${span(left)} more at most: ${why}, and ${what}. Are they down, or are we blind?`
}

const ALIAS_FATE = { stale: 'the last ones are served for an hour', none: 'the answer is SERVFAIL' } as const

const fullText = (zone: string, ago: string): string =>
  `queries have asked for more checks ${zone === '' ? 'of all zones' : `of ${zone}`} than are kept, for ${ago}: new ones are not probed`
const refusedName = (origin: string): string =>
  origin === 'catalog' ? 'the catalog in KV has not been usable' : `${origin || 'the root zone'} in KV has been refused`

/** Returns a line for each vantage point that should report targets and has never reported. */
function unheard(targets: readonly TargetReport[], vantages: readonly VantageReport[]): string[] {
  const heard = new Set(vantages.map(({ name }) => name))
  const counts = new Map<string, number>()
  for (const target of targets) {
    if (target.reports.length > 0 || isUnprobed(target) || target.kind === 'push') continue
    for (const name of target.from) if (!heard.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Array.from(
    counts,
    ([name, count]) => `${name} has not reported its ${plural(count, 'target')} yet: ${advice(name)}`,
  )
}

function advice(vantage: string): string {
  if (vantage === 'cron') return 'does the cron run?'
  return isWorker(vantage) ? 'does the cron run, which wakes that region?' : 'does that agent run?'
}

const CAPACITY_ADVICE = {
  worker: 'raise PROBES_PER_ROUND, or give the checks longer intervals or shorter timeouts',
  agent: 'give the checks longer intervals or shorter timeouts, or share them among agents',
} as const

/** True for the cron and for the location hints of regions: the Worker's vantage points. Other names are agents. */
const isWorker = (vantage: string): boolean => /^(cron|[we](nam|eur)|sam|apac(-ne|-se)?|oc|afr|me)$/.test(vantage)

/** Returns a line for each check, with its targets counted by state. */
function checkLines(targets: readonly TargetReport[], paint: Paint): string[] {
  const checks = Map.groupBy(targets, ({ check }) => check)
  const rows = [...checks].map(([check, of]): Cell[] => {
    const down = of.some(({ state }) => state === 'down')
    return [{ text: printable(check), style: down ? 'red' : 'green' }, `${plural(of.length, 'target')}${counts(of)}`]
  })
  return table(rows, paint)
}

// --- targets --------------------------------------------------------------------------------------------------------

const HEAD = ['STATE', 'MEASURED', 'CHECK', 'TARGET', 'FOR', 'LAST RESULT', 'COUNT', 'NEXT', 'FROM']
const STYLE = { up: 'green', down: 'red', drained: 'yellow', unknown: 'dim' } as const

function targetLines(targets: readonly TargetReport[], now: number, paint: Paint): string[] {
  const rows: Cell[][] = []
  // Notes are printed below their target. The table is formatted as a whole, so that its columns line up.
  const below = new Map<number, string[]>()
  for (const target of targets) {
    rows.push(...targetRows(target, now))
    below.set(rows.length - 1, notes(target, now))
  }
  // A column without cells has no heading.
  const head = HEAD.map((text, i): Cell => (rows.some((row) => textOf(row[i]) !== '') ? { text, style: 'dim' } : ''))
  return table([head, ...rows], paint).flatMap((line, i) => [
    line,
    ...(below.get(i - 1) ?? []).map((note) => paint('yellow', `         ${note}`)),
  ])
}

/** Returns the rows of a target. The report of a single vantage point is in its row, several are below it. */
function targetRows({ state, real, check, target, reports }: TargetReport, now: number): Cell[][] {
  const measured: Cell = real === state ? '' : { text: real, style: STYLE[real] }
  const head: Cell[] = [{ text: state, style: STYLE[state] }, measured, printable(check), printable(target)]
  const [first, ...more] = reports
  if (!first) return [[...head, '', 'not probed yet']]
  if (more.length === 0) return [[...head, ...reportCells(first, now)]]
  return [
    head,
    ...reports.map((report): Cell[] => [
      '',
      { text: report.state, style: STYLE[report.state] },
      '',
      '',
      ...reportCells(report, now),
    ]),
  ]
}

type Report = TargetReport['reports'][number]

function reportCells(
  { since, at, nextDue, ms, count, needed, why, held, vantage, silent }: Report,
  now: number,
): Cell[] {
  const last = at === null ? '' : why === '' ? `${Math.round(ms)} ms` : printable(why)
  const pushed = nextDue === null && at !== null && !silent ? `${span(now - Date.parse(at))} ago` : ''
  return [
    since === null ? '' : span(now - Date.parse(since)),
    last === '' ? printable(why) : last,
    held ? 'held' : count > 0 ? `${count}/${needed}` : '',
    nextDue === null ? pushed : `in ${span(Date.parse(nextDue) - now)}`,
    silent ? { text: `${vantage}, silent`, style: 'red' } : vantage,
  ]
}

function notes(target: TargetReport, now: number): string[] {
  const { forced, held, stale, unrunnable, weight, load, state, reports } = target
  return [
    ...(target.asked ? ['a query asked for this check: it is probed until an hour after the last query'] : []),
    ...(forced ? [forcedText(forced, now)] : []),
    ...(held ? [`held up by the guard of the zone for ${span(Date.parse(held.until) - now)} more at most`] : []),
    ...(stale
      ? [
          `stale: no vantage point has confirmed the state for longer than the zone allows; the target counts as ${state}`,
        ]
      : []),
    ...(isUnprobed(target) ? [`no vantage point probes this target: ${unrunnable}; it counts as ${state}`] : []),
    ...(reports.some(({ held }) => held) ? ['the target went down too often: flap damping keeps it down'] : []),
    ...(weight !== undefined || load !== undefined ? [reportedText(weight, load)] : []),
  ].map(printable)
}

const reportedText = (weight: number | undefined, load: number | undefined): string =>
  [
    'reports',
    ...(weight === undefined ? [] : [`weight ${weight}`]),
    ...(load === undefined ? [] : [`load ${load}`]),
  ].join(' ')

// --- vantage points -------------------------------------------------------------------------------------------------

function vantageLines(vantages: readonly VantageReport[], now: number, paint: Paint): string[] {
  const ago = (time: string): string => `${span(now - Date.parse(time))} ago`
  const rows = vantages.map(({ name, at, fineUntil, round, targets }): Cell[] => [
    `  ${printable(name)}`,
    plural(targets, 'target'),
    `written ${ago(at)}${fineUntil === undefined ? '' : untilText(fineUntil, now)}`,
    // Rounds without changes are not written.
    round
      ? `last written round ${ago(round.at)}: ${round.due} due, ${round.probed} probed, ${round.left} left, in ${Math.round(round.ms)} ms`
      : '',
  ])
  return table(rows, paint)
}

/** Returns the end of a document's validity. It is written on a change, and otherwise every five minutes. */
const untilText = (fineUntil: string, now: number): string => {
  const time = fineUntil.replace(/\.\d+Z$/, 'Z')
  return Date.parse(fineUntil) > now ? `, fine until ${time}` : `, silent since ${time}`
}
