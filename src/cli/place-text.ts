import { formatPlace, isNowhere } from '../geo/index.ts'
import type { PlaceStep } from '../policy/index.ts'
import { unreachable } from '../result.ts'

/** What a place decided. Members and branches count from 1 here. */
export function placeText(step: PlaceStep): string {
  return `${whereText(step)}: ${decisionText(step)}${step.from === 'database' ? ` (scope ${step.scope})` : ''}`
}

function whereText({ place, from }: PlaceStep): string {
  if (isNowhere(place))
    return `nobody knows where the ${from === 'connection' ? 'connection comes from' : 'network is'}`
  return from === 'connection'
    ? `the connection comes from ${formatPlace(place)}`
    : `the network is in ${formatPlace(place)}`
}

function decisionText(step: PlaceStep): string {
  switch (step.step) {
    case 'geo':
      return step.branch === 'otherwise' ? 'otherwise' : `${step.matched} decides`
    case 'datacenters': {
      const order = step.order.length > 0 ? step.order.join(', ') : 'no datacenter: NODATA'
      const by =
        step.matched === null ? 'the usual order' : step.matched === 'auto' ? 'the nearest first' : step.matched
      return `${by} of the map ${step.map}: ${order}`
    }
    case 'nearest':
    case 'pickclosest': {
      const unit = step.step === 'nearest' ? ' km' : ''
      const far = (index: number): string => {
        const distance = step.distances[index] ?? null
        return distance === null ? `${index + 1}` : `${index + 1} (${distance}${unit})`
      }
      return `members from the nearest on ${step.order.map((group) => group.map(far).join(' or ')).join(', ')}`
    }
    default:
      return unreachable(step)
  }
}
