import { columns } from '../columns.ts'
import { coordinatesOf, formatLocation } from '../geo/query-path.ts'
import type { TextContext } from './kinds/kind.ts'
import { locationText } from './location-text.ts'
import type { NearestStep } from './nearest.ts'

export function nearestText(step: NearestStep, { isLocated }: TextContext): string {
  return locationText(step, [decisionText(step)], isLocated)
}

function decisionText(step: NearestStep): string {
  const isKnown = coordinatesOf(step.place) !== undefined
  if (step.step === 'nearest') return isKnown ? nearestMembers(step) : 'members in their own order'
  return `${isKnown ? '' : 'taken for 0 0; '}${nearestMembers(step)}`
}

function nearestMembers({ order }: NearestStep): string {
  const [first = []] = order
  const numbers = first.map((index) => index + 1)
  if (numbers.length === 1) return `member ${numbers[0]} is the nearest`
  return `members ${numbers.join(', ')} are the nearest, equally near`
}

/** Returns a line for each member, from the nearest on: its distance and its location. */
export function distanceLines(step: NearestStep): string[] {
  const indices = step.order.flat()
  const width = String(indices.length).length
  return columns(
    indices.map((index) => {
      const { address = '', place } = step.spots[index] ?? { place: {} }
      const isKnown = coordinatesOf(place) !== undefined
      const where =
        step.step === 'nearest' || isKnown ? formatLocation(place) : `${formatLocation(place)}, taken for 0 0`
      return [String(index + 1).padStart(width), address, distanceText(step, index), where]
    }),
  )
}

/** PowerDNS compares squares: their roots are easier to read. */
function distanceText({ step, distances }: NearestStep, index: number): string {
  const distance = distances[index] ?? null
  if (distance === null) return ''
  return step === 'nearest' ? `${distance.toFixed(1)} km` : `${Math.sqrt(distance).toFixed(2)} degrees`
}
