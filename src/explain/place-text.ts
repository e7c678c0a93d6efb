import { columns } from '../columns.ts'
import { coordinatesOf, formatPlace, isNowhere } from '../geo/index.ts'
import type { IsInStep, PlaceStep } from '../policy/index.ts'
import { printable } from '../printable.ts'
import { unreachable } from '../result.ts'

/**
 * What a place decided. Members and branches count from 1 here.
 * @param isTold the lines above say where the client is
 */
export function placeText(step: PlaceStep, isTold: boolean): string {
  const words = [...(isTold ? [] : [whereText(step)]), ...decisionText(step)].join(': ')
  const by = step.step === 'place' ? ` by ${step.by}` : ''
  return `${words}${step.from === 'database' ? ` (scope ${step.scope}${by})` : ''}`
}

function whereText({ place, from }: PlaceStep): string {
  if (isNowhere(place))
    return `nobody knows where the ${from === 'connection' ? 'connection comes from' : 'network is'}`
  return from === 'connection'
    ? `the connection comes from ${formatPlace(place)}`
    : `the network is in ${formatPlace(place)}`
}

function decisionText(step: PlaceStep): string[] {
  switch (step.step) {
    case 'place':
      return []
    case 'geo':
      return [step.branch === 'otherwise' ? 'otherwise' : `${step.matched} decides`]
    case 'datacenters': {
      const order = step.order.length > 0 ? step.order.join(', ') : 'no datacenter: NODATA'
      const by =
        step.matched === null ? 'the usual order' : step.matched === 'auto' ? 'the nearest first' : step.matched
      return [`${by} of the map ${step.map}: ${order}`]
    }
    case 'nearest':
      return [coordinatesOf(step.place) ? nearestText(step) : 'members in their own order']
    case 'pickclosest':
      return [`${coordinatesOf(step.place) ? '' : 'taken for 0 0; '}${nearestText(step)}`]
    default:
      return unreachable(step)
  }
}

type ByDistance = Extract<PlaceStep, { step: 'nearest' | 'pickclosest' }>

function nearestText({ order }: ByDistance): string {
  const [first = []] = order
  const numbers = first.map((index) => index + 1)
  if (numbers.length === 1) return `member ${numbers[0]} is the nearest`
  return `members ${numbers.join(', ')} are the nearest, equally near`
}

/** Members from the nearest on: how far each is, and where. */
export function distanceLines(step: ByDistance): string[] {
  const indices = step.order.flat()
  const width = String(indices.length).length
  return columns(
    indices.map((index) => {
      const { address = '', place } = step.spots[index] ?? { place: {} }
      const known = coordinatesOf(place) !== undefined
      const where = step.step === 'nearest' || known ? formatPlace(place) : `${formatPlace(place)}, taken for 0 0`
      return [String(index + 1).padStart(width), address, farText(step, index), where]
    }),
  )
}

/** PowerDNS compares squares: their roots are easier to read. */
function farText({ step, distances }: ByDistance, index: number): string {
  const distance = distances[index] ?? null
  if (distance === null) return ''
  return step === 'nearest' ? `${distance.toFixed(1)} km` : `${Math.sqrt(distance).toFixed(2)} degrees`
}

const MAX_WANTED = 12

/** What a script asked of the client's place. */
export function isInText({ value, wanted, holds }: IsInStep): string {
  const shown = wanted.slice(0, MAX_WANTED).join(', ')
  const more = wanted.length > MAX_WANTED ? `, … (${wanted.length})` : ''
  return printable(`${value} is ${holds ? 'one' : 'none'} of {${shown}${more}}`)
}
