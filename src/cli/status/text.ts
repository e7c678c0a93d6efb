import type { TargetReport, VantageReport } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import { span } from '../duration.ts'
import { forcedText, overrideLines } from '../override/text.ts'
import { type Cell, type Paint, table, textOf } from '../paint.ts'
import { plural } from '../zones/compile-files.ts'
import type { StatusReport } from './status.ts'

/** Of more targets than these, only what is not plainly up is shown, and checks as sums. */
const FEW = 40
/** A screen cannot show more at a glance; `--all` does. */
const MOST = 200

/** All that is known of health, for a person; what needs attention comes first. */
export function statusText(
  report: StatusReport,
  { all, paint }: { readonly all: boolean; readonly paint: Paint },
): string[] {
  const { targets, vantages, overrides } = report
  const now = Date.parse(report.now)
  const sorted = [...targets].sort(
    (a, b) => rank(a) - rank(b) || compare(a.check, b.check) || compare(a.target, b.target),
  )
  const summed = !all && targets.length > FEW
  const worth = summed ? sorted.filter((target) => rank(target) < PLAIN) : sorted
  const shown = summed ? worth.slice(0, MOST) : worth
  const hidden = worth.length - shown.length
  return [
    paint('bold', `${plural(targets.length, 'target')}${counts(targets)}`),
    ...warnings(report).map((line) => paint(['bold', 'red'], `! ${line}`)),
    ...(summed ? ['', ...checkLines(targets, paint)] : []),
    ...(shown.length > 0 ? ['', ...targetLines(shown, now, paint)] : []),
    ...(hidden > 0 ? [`and ${hidden} more that are not plainly up; --all shows them`] : []),
    ...(vantages.length > 0 ? ['', paint('bold', 'Vantage points'), ...vantageLines(vantages, now, paint)] : []),
    ...(overrides.length > 0 ? ['', paint('bold', 'Overrides'), ...overrideLines(overrides, now, paint)] : []),
  ]
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What a person should look at first has the lowest; from PLAIN on all is well. */
function rank(target: TargetReport): number {
  const { state, real, stale, forced, reports } = target
  if (state === 'down') return forced ? 1 : 0
  if (stale) return 2
  if (isLeft(target)) return 3
  if (forced || state === 'drained') return 4
  if (reports.some(({ count, why, state }) => count > 0 || why !== '' || state === 'down')) return 5
  return real === 'unknown' ? 6 : PLAIN
}
const PLAIN = 7

/** The Worker does not probe it, and no agent has. */
const isLeft = ({ unrunnable, reports }: TargetReport): boolean => unrunnable !== undefined && reports.length === 0

/** `: 2 down, 1 stale, 4 up` */
function counts(targets: readonly TargetReport[]): string {
  const of = (what: string, is: (target: TargetReport) => boolean): string[] => {
    const count = targets.filter(is).length
    return count > 0 ? [`${count} ${what}`] : []
  }
  const parts = [
    ...of('down', ({ state }) => state === 'down'),
    ...of('drained', ({ state }) => state === 'drained'),
    ...of('up', ({ state }) => state === 'up'),
    ...of('forced', ({ forced }) => forced !== undefined),
    ...of('stale', ({ stale }) => stale),
    ...of('not probed yet', ({ reports }) => reports.length === 0),
  ]
  return parts.length > 0 ? `: ${parts.join(', ')}` : ''
}

function warnings(report: StatusReport): string[] {
  const { targets, vantages, complete, problems, refused, now, askedFull = [] } = report
  const ago = (time: string): string => span(Date.parse(now) - Date.parse(time))
  const silent = new Set(
    targets.flatMap(({ reports }) => reports.filter((one) => one.silent).map(({ vantage }) => vantage)),
  )
  const left = targets.filter(isLeft).length
  return [
    ...problems.map((problem) => `a setting of the Worker: ${printable(problem)}`),
    ...(complete ? [] : ['not every zone could be read: checks may be missing here, and are not probed']),
    ...refused.map(({ origin, why, since }) => printable(`${refusedName(origin)} for ${ago(since)}: ${why}`)),
    ...unheard(targets, vantages),
    ...askedFull.map(({ zone, since }) => fullText(printable(zone), ago(since))),
    ...(left > 0 ? [`${plural(left, 'target')} that nobody probes: see below`] : []),
    ...vantages
      .filter(({ name }) => silent.has(name))
      .map(({ name, at }) => `${name} has been silent for ${ago(at)}: ${advice(name)}`),
    ...vantages.flatMap(({ name, round }) =>
      round && round.left > 0
        ? [
            `${name} left ${round.left} of ${round.due} due probes for later: ${MORE_ROOM[isOwn(name) ? 'own' : 'agent']}`,
          ]
        : [],
    ),
  ]
}

const fullText = (zone: string, ago: string): string =>
  `queries ask for more checks ${zone === '' ? 'of all zones' : `of ${zone}`} than are kept, for ${ago} now: new ones are not probed`
const refusedName = (origin: string): string =>
  origin === 'catalog' ? 'the catalog in KV has not been usable' : `${origin || 'the root zone'} in KV has been refused`

/** Vantage points that were to tell of a target, and have never told of any. */
function unheard(targets: readonly TargetReport[], vantages: readonly VantageReport[]): string[] {
  const heard = new Set(vantages.map(({ name }) => name))
  const counts = new Map<string, number>()
  for (const target of targets) {
    if (target.reports.length > 0 || isLeft(target) || target.kind === 'push') continue
    for (const name of target.from) if (!heard.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Array.from(
    counts,
    ([name, count]) => `${name} has not told of its ${plural(count, 'target')} yet: ${advice(name)}`,
  )
}

function advice(vantage: string): string {
  if (vantage === 'cron') return 'does the cron run?'
  return isOwn(vantage) ? 'does the cron run, which wakes that region?' : 'does that agent run?'
}

const MORE_ROOM = {
  own: 'raise PROBES_PER_ROUND, or give the checks longer intervals or shorter timeouts',
  agent: 'give the checks longer intervals or shorter timeouts, or share them among agents',
} as const

/** The cron, and regions by their location hints; the names of agents are free. */
const isOwn = (vantage: string): boolean => /^(cron|[we](nam|eur)|sam|apac(-ne|-se)?|oc|afr|me)$/.test(vantage)

/** A line a check: what of it is how. */
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
  // What does not fit a column stands below its target; the table is made as a whole, so that columns line up.
  const below = new Map<number, string[]>()
  for (const target of targets) {
    rows.push(...targetRows(target, now))
    below.set(rows.length - 1, notes(target, now))
  }
  // A heading alone makes no column.
  const head = HEAD.map((text, i): Cell => (rows.some((row) => textOf(row[i]) !== '') ? { text, style: 'dim' } : ''))
  return table([head, ...rows], paint).flatMap((line, i) => [
    line,
    ...(below.get(i - 1) ?? []).map((note) => paint('yellow', `         ${note}`)),
  ])
}

/** One vantage point's words stand beside the target, those of several below it. */
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
  const { forced, stale, unrunnable, weight, load, state, reports } = target
  return [
    ...(target.asked ? ['a query asked for it: it is probed until an hour after the last query'] : []),
    ...(forced ? [forcedText(forced, now)] : []),
    ...(stale ? [`stale: nobody has confirmed it for longer than the zone allows; it counts as ${state}`] : []),
    ...(isLeft(target) ? [`nobody probes it: ${unrunnable}; it counts as ${state}`] : []),
    ...(reports.some(({ held }) => held) ? ['went down too often: flap damping keeps it down'] : []),
    ...(weight !== undefined || load !== undefined ? [said(weight, load)] : []),
  ].map(printable)
}

const said = (weight: number | undefined, load: number | undefined): string =>
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
    // Rounds without news are not written.
    round
      ? `last written round ${ago(round.at)}: ${round.due} due, ${round.probed} probed, ${round.left} left, in ${Math.round(round.ms)} ms`
      : '',
  ])
  return table(rows, paint)
}

/** A document is written on a change, and else every five minutes: an old one is no news until then. */
const untilText = (fineUntil: string, now: number): string => {
  const time = fineUntil.replace(/\.\d+Z$/, 'Z')
  return Date.parse(fineUntil) > now ? `, fine until ${time}` : `, silent since ${time}`
}
