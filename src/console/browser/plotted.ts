import type uPlot from 'uplot'
import { dataOf } from './island.ts'
import { plotLatency, plotStates, type TargetHistory } from './plots.ts'
import { plotTraffic, type TrafficSeries } from './traffic.ts'
import { syncedZoom, type Zoom } from './zoom.ts'

// Draws what the page has data for: the past of a target, or the queries over time. Tables on the page have the same,
// for those who do not see plots.
if (document.getElementById('history')) {
  const history = dataOf<TargetHistory>('history')
  drawn(Date.parse(history.from), Date.parse(history.to), (zoom) => [
    plotStates(history, zoom),
    plotLatency(history, zoom),
  ])
}
if (document.getElementById('traffic')) {
  const series = dataOf<TrafficSeries>('traffic')
  drawn(Date.parse(series.from), Date.parse(series.to), (zoom) => [plotTraffic(series, zoom)])
}

/** Draws plots that zoom together, and again where their colours or their width change. */
function drawn(from: number, to: number, plotsOf: (zoom: Zoom) => readonly (uPlot | undefined)[]): void {
  const zoom = syncedZoom(from / 1000, to / 1000)
  const draw = (): void => zoom.use(plotsOf(zoom).filter((plot) => plot !== undefined))
  draw()
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-zoom]')) {
    button.addEventListener('click', () => zoom.step(button.dataset.zoom ?? ''))
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
  let width = innerWidth
  addEventListener('resize', () => {
    if (innerWidth === width) return
    width = innerWidth
    draw()
  })
}
