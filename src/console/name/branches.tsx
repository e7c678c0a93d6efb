/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { MAX_CONSOLE_ANSWERS, MAX_CONSOLE_ROW_ANSWERS } from '../../limits.ts'
import type { Part, Share, ShareNumbers } from '../map/index.ts'
import { percentText } from '../model/share.ts'
import { Note, Pager, Panel, Table } from '../parts/index.ts'
import { answerText, distributionOf, type Reach } from './chances.ts'
import { Measured, Swatch, Told } from './swatch.tsx'

/** The answers of all IPv4 clients together. */
export const Distribution = ({ reaches }: { readonly reaches: readonly Reach[] }) => {
  const all = distributionOf(reaches)
  return (
    <Panel id="distribution" title="What IPv4 clients get" aside="each answer by the part of the addresses that get it">
      <Table
        caption="Answers over all IPv4 addresses"
        head={['Answer', 'Part of IPv4']}
        empty="No IPv4 address was looked at."
        rows={all
          .slice(0, MAX_CONSOLE_ANSWERS)
          .map(({ text, part }) => [
            <span class="mono">{text}</span>,
            <Measured text={part === undefined ? 'not known' : percentText(part)} part={part ?? 0} />,
          ])}
      />
      {moreThan(all.length)}
    </Panel>
  )
}

/** Counts the answers that a list leaves out. @returns false if it has all of them */
export const moreThan = (all: number) =>
  all > MAX_CONSOLE_ANSWERS && <p class="muted">and {String(all - MAX_CONSOLE_ANSWERS)} more answers</p>

/** Writes the answers of a branch: `192.0.2.1 1/2; 192.0.2.2 1/2`. */
export function answersText({ answers, status = [] }: Share): string {
  const chance = (probability: string | null): string =>
    probability === '1' ? '' : ` ${probability === null ? '?' : probability}`
  const records = answers
    .slice(0, MAX_CONSOLE_ROW_ANSWERS)
    .map((answer) => `${answerText(answer)}${chance(answer.probability)}`)
  if (answers.length > records.length) records.push(`and ${answers.length - records.length} more`)
  const ends = status.filter(({ ending }) => ending !== 'records')
  return [...records, ...ends.map((one) => `${one.status}, ${one.ending}${chance(one.probability)}`)].join('; ')
}

/** The branches, with their letters: the key to the map. */
export const Branches = ({
  reaches,
  own,
}: {
  readonly reaches: readonly Reach[]
  readonly own: number | undefined
}) => (
  <Table
    caption="Branches"
    head={['Branch', 'Answers, and what decides', 'Part of IPv4']}
    rows={reaches.map(({ number, share, ipv4, networks4, networks6 }) => [
      <span class="letters">
        <Swatch number={number} />
        {number === own && <span class="own">the client</span>}
      </span>,
      <Told branch={share.branch} answers={answersText(share)} />,
      <>
        <Measured text={percentText(ipv4)} part={ipv4} number={number} />
        <span class="aside">{`networks: ${networks4} of IPv4, ${networks6} of IPv6`}</span>
      </>,
    ])}
  />
)

type NetworksProps = {
  readonly parts: readonly Part[]
  readonly numbers: ShareNumbers
  readonly url: URL
  /** The network of the client. */
  readonly own: string | undefined
}

/** Networks on a page of the list. */
const PAGE = 50

/** The list of all networks: what the map shows, and IPv6, which it does not. */
export const Networks = ({ parts, numbers, url, own }: NetworksProps) => {
  const pages = Math.max(1, Math.ceil(parts.length / PAGE))
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(url.searchParams.get('page')) || 1)))
  return (
    <>
      <Table
        caption="Networks"
        head={['Network', 'Branch', 'Answers, and what decides']}
        rows={parts.slice((page - 1) * PAGE, page * PAGE).map((part) => [
          <span class="mono">{part.prefix}</span>,
          part.several ? (
            'several'
          ) : (
            <span class="letters">
              <Swatch number={numbers.of(part)} />
              {part.prefix === own && <span class="own">the client</span>}
            </span>
          ),
          <Told branch={part.branch} answers={answersText(part)} />,
        ])}
      />
      <Pager url={url} total={parts.length} size={PAGE} page={page} what="networks" />
    </>
  )
}

export const TooLarge = ({ why, depth }: { readonly why: string; readonly depth: number | undefined }) => (
  <Note>
    The list is not whole: {why}.
    {depth !== undefined &&
      ` Networks of /${depth} with several branches are one row each; the map shows them when it is zoomed.`}
  </Note>
)
