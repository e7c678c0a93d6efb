import uPlot from 'uplot'
import { colorOf, plotOptions, SIDE, timeAxis, valueAxis } from './plots.ts'
import type { Zoom } from './zoom.ts'

/** Queries over time. `step`: the seconds that a point stands for. */
export type TrafficSeries = {
  readonly from: string
  readonly to: string
  readonly step: number
  readonly series: readonly { readonly at: string; readonly queries: number }[]
}

/** Draws the queries a second. A time without a point had none. */
export function plotTraffic({ from, to, step, series }: TrafficSeries, zoom: Zoom): uPlot | undefined {
  const host = document.getElementById('queries')
  if (!host) return undefined
  host.textContent = ''
  const counts = new Map(series.map(({ at, queries }) => [Date.parse(at) / 1000, queries]))
  const times: number[] = []
  const rates: number[] = []
  for (let at = Math.ceil(Date.parse(from) / 1000 / step) * step; at <= Date.parse(to) / 1000; at += step) {
    times.push(at)
    rates.push((counts.get(at) ?? 0) / step)
  }
  const rate = (value: number | null): string => (value == null ? '' : `${value.toPrecision(3)} a second`)
  return new uPlot(
    {
      ...plotOptions(host, zoom, 260),
      series: [
        {},
        {
          label: 'queries',
          stroke: colorOf('series-0'),
          width: 1.5,
          value: (_: uPlot, value: number | null) => rate(value),
        },
      ],
      axes: [timeAxis(), { ...valueAxis(), size: SIDE }],
    },
    [times, rates],
    host,
  )
}
