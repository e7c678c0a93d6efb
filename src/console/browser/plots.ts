import uPlot from 'uplot'
import type { Zoom } from './zoom.ts'

/** The body of `GET /api/v1/health/history`. */
export type TargetHistory = {
  readonly from: string
  readonly to: string
  readonly changes: readonly { readonly at: string; readonly state: string; readonly by?: string }[]
  readonly latency: readonly {
    readonly vantage: string
    readonly at: readonly string[]
    readonly ms: readonly number[]
  }[]
}

const seconds = (iso: string): number => Date.parse(iso) / 1000

/** Returns a colour of the page by its name. */
export const colorOf = (name: string): string => {
  // A custom property that is a function of the scheme is only resolved on a property that takes colours.
  const probe = document.createElement('i')
  probe.className = `ink ${name}`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/** Draws the states as bands over time: each has its own height, so that the colour is not needed. */
export function plotStates(history: TargetHistory, zoom: Zoom): uPlot | undefined {
  const host = document.getElementById('timeline')
  if (!host) return undefined
  const times = [seconds(history.from), seconds(history.to)]
  const bands = bandsOf(history)
  const draw = (plot: uPlot): void => {
    const { ctx, bbox } = plot
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    for (const { from, to, state, by } of bands) {
      const left = plot.valToPos(from, 'x', true)
      const height = bbox.height * (HEIGHTS[state] ?? 0.25)
      ctx.fillStyle = colorOf(by === undefined ? (state === 'up' || state === 'down' ? state : 'unknown') : 'forced')
      ctx.fillRect(left, bbox.top + bbox.height - height, Math.max(1, plot.valToPos(to, 'x', true) - left), height)
    }
    ctx.restore()
  }
  return new uPlot(
    {
      ...plotOptions(host, zoom, 104),
      series: [{}, { points: { show: false } }],
      axes: [timeAxis(), { size: SIDE, values: () => [], grid: { show: false }, ticks: { show: false } }],
      legend: { show: false },
      hooks: { draw: [draw], setSelect: [selected(zoom)] },
    },
    [times, [0, 1]],
    host,
  )
}

const HEIGHTS: Readonly<Record<string, number>> = { up: 1, drained: 0.6, down: 0.35 }

function bandsOf({ changes, to }: TargetHistory) {
  return changes.map(({ at, state, by }, i) => ({
    ...{ state, by, from: seconds(at) },
    to: seconds(changes[i + 1]?.at ?? to),
  }))
}

/** Draws the latencies of each vantage point as a line. Samples of different times are joined into one table. */
export function plotLatency(history: TargetHistory, zoom: Zoom): uPlot | undefined {
  const host = document.getElementById('latency')
  if (!host) return undefined
  const tables = history.latency.map(
    ({ at, ms }): uPlot.AlignedData => [at.map(seconds), ms.map((one): number | null => one)],
  )
  if (tables.length === 0) {
    host.textContent = 'No latency is known of this time.'
    return undefined
  }
  const data = tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables)
  host.textContent = ''
  return new uPlot(
    {
      ...plotOptions(host, zoom, 240),
      series: [
        {
          value: (_, value) =>
            value == null ? '' : new Date(value * 1000).toISOString().slice(0, 16).replace('T', ' '),
        },
        ...history.latency.map(({ vantage }, i) => ({
          label: vantage,
          stroke: colorOf(`series-${i % 6}`),
          width: 1.5,
          dash: DASHES[Math.floor(i / 6) % DASHES.length] as number[],
          spanGaps: true,
          points: { show: data[0].length < 60, size: 5 },
          value: (_: uPlot, value: number | null) => (value == null ? '' : `${value} ms`),
        })),
      ],
      axes: [timeAxis(), { ...valueAxis(), size: SIDE, values: (_, values) => values.map((value) => `${value} ms`) }],
    },
    data,
    host,
  )
}

const DASHES = [[], [6, 3], [2, 3]]

/** Options of all plots: their size, times in UTC, and a zoom by dragging. */
export const plotOptions = (host: HTMLElement, zoom: Zoom, height: number) => ({
  ...{ width: Math.max(200, host.clientWidth), height },
  tzDate: (at: number) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
  scales: { x: { time: true, range: (): [number, number] => [zoom.min, zoom.max] }, y: { range: fromNothing } },
  cursor: { drag: { x: true, y: false, setScale: false }, sync: { key: 'target' } },
  hooks: { setSelect: [selected(zoom)] },
})

export const valueAxis = () => ({
  stroke: colorOf('muted'),
  grid: { stroke: colorOf('edge'), width: 1 },
  ticks: { stroke: colorOf('edge'), width: 1 },
})

/** Values begin at 0: a plot must not make small differences large. */
const fromNothing = (_: uPlot, __: number | null, most: number | null): [number, number] => [0, (most || 1) * 1.05]

/** The width of the axis of values: both plots have it, so that their times stand above each other. */
export const SIDE = 58

const DAY = '\n{YYYY}-{MM}-{DD}'

/**
 * Times by 24 hours, with the day where it begins: seconds from one mark to the next, then texts (uPlot's `values`).
 */
const MARKS: uPlot.Axis.Values = [
  [86_400, '{MM}-{DD}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', DAY, null, DAY, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', DAY, null, DAY, null, null, null, 1],
]

export const timeAxis = (): uPlot.Axis => ({ ...valueAxis(), space: 70, values: MARKS })

/** Shows the part that a reader dragged over, in all plots. */
const selected =
  (zoom: Zoom) =>
  (plot: uPlot): void => {
    const { left, width } = plot.select
    if (width === 0) return
    zoom.show(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
  }
