import type uPlot from 'uplot'
import { tell } from './island.ts'

/** The state that plots share which move together: the part of the time that they show, in seconds since the epoch. */
export type Zoom = {
  readonly min: number
  readonly max: number
  /** Moves all plots, after a reader dragged over one. */
  readonly show: (min: number, max: number) => void
  readonly step: (way: string) => void
  readonly use: (plots: readonly uPlot[]) => void
}

/** The shortest part of the time that is shown. */
const MIN_SECONDS = 60

/** Makes plots move together, within the time that is known. */
export function syncedZoom(from: number, to: number): Zoom {
  let shown = { min: from, max: to }
  let plots: readonly uPlot[] = []
  let isMoving = false
  const show = (min: number, max: number): void => {
    if (isMoving) return
    const span = Math.min(to - from, Math.max(MIN_SECONDS, max - min))
    const start = Math.min(Math.max(from, (min + max - span) / 2), to - span)
    shown = { min: start, max: start + span }
    isMoving = true
    for (const plot of plots) plot.setScale('x', shown)
    isMoving = false
  }
  return {
    get min() {
      return shown.min
    },
    get max() {
      return shown.max
    },
    show,
    step(way) {
      const { min, max } = shown
      const span = max - min
      const middle = (min + max) / 2
      if (way === 'in') show(middle - span / 4, middle + span / 4)
      if (way === 'out') show(middle - span, middle + span)
      if (way === 'earlier') show(min - span / 2, max - span / 2)
      if (way === 'later') show(min + span / 2, max + span / 2)
      if (way === 'all') show(from, to)
      tell(`Shown: ${utc(shown.min)} to ${utc(shown.max)} UTC`)
    },
    use(drawn) {
      for (const plot of plots) plot.destroy()
      plots = drawn
    },
  }
}

const utc = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')
