import type { Answer, Ending, Part } from './shares.ts'

/** A network of a plan's change, as the API has it. */
export type ChangedNetwork = {
  readonly prefix: string
  readonly before: readonly Answer[]
  readonly after: readonly Answer[]
  readonly status?: { readonly before: readonly Ending[]; readonly after: readonly Ending[] }
  readonly place?: string
}

/** Returns the networks of a change for a map: those that get the same in place of the same have one colour. */
export const partsOfChange = (networks: readonly ChangedNetwork[]): readonly Part[] =>
  networks.map(({ prefix, before, after, status, place }) => {
    const change = `${sideText(before, status?.before)} → ${sideText(after, status?.after)}`
    return { prefix, branch: place === undefined ? change : `${place}: ${change}`, answers: [] }
  })

/** Writes what a side answers: `192.0.2.1 1/2, 192.0.2.2 1/2`, or `NXDOMAIN`. */
function sideText(answers: readonly Answer[], endings: readonly Ending[] = []): string {
  const records = answers.map(({ data, probability }) => `${data}${chanceText(probability)}`)
  const ends = endings.filter(({ ending }) => ending !== 'records')
  return (
    [...records, ...ends.map(({ status, probability }) => `${status}${chanceText(probability)}`)].join(', ') ||
    'nothing'
  )
}

const chanceText = (probability: string | null): string => (probability === '1' ? '' : ` ${probability ?? '?'}`)
