import { type Part, parseNetwork, type Share, type ShareNumbers } from '../map/index.ts'
import { fractionOf } from '../model/share.ts'

/** The clients of a branch: the part of IPv4, and the number of networks of each family. */
export type Reach = {
  readonly number: number
  readonly share: Share
  ipv4: number
  networks4: number
  networks6: number
}

/** Sums up the networks of each branch, in the order in which they are met. */
export function reachesOf(parts: readonly Part[], numbers: ShareNumbers): readonly Reach[] {
  const reaches = new Map<number, Reach>()
  for (const part of parts) {
    if (part.several) continue
    const number = numbers.of(part)
    const reach = reaches.get(number) ?? { number, share: part, ipv4: 0, networks4: 0, networks6: 0 }
    reaches.set(number, reach)
    const network = parseNetwork(part.prefix)
    if (network) {
      reach.ipv4 += 2 ** -network.length
      reach.networks4++
    } else reach.networks6++
  }
  return [...reaches.values()]
}

/** An answer, and the part of the IPv4 addresses that get it; undefined if a chance is not known. */
type Distributed = { readonly text: string; readonly part: number | undefined }

/** Adds up the answers over all IPv4 addresses: each counts as much as its chance. The most likely come first. */
export function distributionOf(reaches: readonly Reach[]): readonly Distributed[] {
  const sums = new Map<string, number | undefined>()
  const add = (text: string, reach: Reach, probability: string | null): void => {
    const part = fractionOf(probability) ?? undefined
    const before = sums.has(text) ? sums.get(text) : 0
    sums.set(text, part === undefined || before === undefined ? undefined : before + part * reach.ipv4)
  }
  for (const reach of reaches) {
    if (reach.ipv4 === 0) continue
    const { answers, status = [] } = reach.share
    for (const answer of answers) add(answerText(answer), reach, answer.probability)
    for (const { ending, probability, status: rcode } of status) {
      if (ending !== 'records') add(`${rcode}, ${ending}`, reach, probability)
    }
  }
  return [...sums].map(([text, part]) => ({ text, part })).sort((a, b) => (b.part ?? 0) - (a.part ?? 0))
}

/** Writes an answer with its name and type, where these are not the question's. */
export const answerText = ({ data, name, type }: Share['answers'][number]): string =>
  [name, type, data].filter((word) => word !== undefined).join(' ')
