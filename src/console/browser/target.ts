import { dataOf } from './island.ts'
import { plotLatency, plotStates, type TargetHistory } from './plots.ts'
import { syncedZoom } from './zoom.ts'

// Draws the past of a target: the tables below have the same, for those who do not see plots.
const history = dataOf<TargetHistory>('history')
const zoom = syncedZoom(Date.parse(history.from) / 1000, Date.parse(history.to) / 1000)
const draw = (): void => {
  const plots = [plotStates(history, zoom), plotLatency(history, zoom)].filter((plot) => plot !== undefined)
  zoom.use(plots)
}
draw()
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-zoom]')) {
  button.addEventListener('click', () => zoom.step(button.dataset.zoom ?? ''))
}
// The colours of the plots are those of the page.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
let width = innerWidth
addEventListener('resize', () => {
  if (innerWidth === width) return
  width = innerWidth
  draw()
})
