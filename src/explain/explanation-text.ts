import { KINDS } from '../policy/index.ts'
import { printable } from '../printable.ts'
import { type ChanceText, type Explanation, isNegative, type RecordText, type TraceStep } from './explanation.ts'
import type { SignatureText } from './signatures.ts'
import { describeStep } from './step-text.ts'

/** Writes an explanation for people: the decisions in order, the reply, and the other possible replies. */
export function explanationText(explanation: Explanation): string {
  const { question, client, ecs, answers, endings } = explanation
  const who = ecs ? bySubnet(ecs, client) : client
  return [
    `${question.name} ${question.type}, asked by ${who}`,
    ...explanation.trace.flatMap((step, i, all) => stepRows(step, all[i - 1])),
    '',
    ...result(explanation),
    '',
    'All that this client can get, with the chance of it in the answer:',
    ...aligned([
      ...answers.map((record) => [...chance(record), recordText(record)]),
      ...endings
        .filter(({ ending }) => ending !== 'records' || answers.length === 0)
        .map((end) => [...chance(end), `${end.status}, ${end.ending}`]),
    ]),
  ]
    .map(printable)
    .join('\n')
}

/** With source prefix length 0 a client asks not to be located by the option (RFC 7871 §7.1.2). */
const bySubnet = (ecs: string, client: string): string =>
  optsOut(ecs) ? `${client} (Client Subnet ${ecs}: opted out)` : `${ecs} (Client Subnet; connection from ${client})`

const optsOut = (ecs: string | null): boolean => ecs?.endsWith('/0') ?? false

function stepRows(step: TraceStep, before: TraceStep | undefined): string[] {
  const { label, text, below } = describeStep(step, before)
  return [row(label, text), ...below.map((line) => row('', `  ${line}`))]
}

const row = (label: string, text: string): string => `  ${label.padEnd(LABEL_WIDTH)}  ${text}`
const LABEL_WIDTH = Math.max(...KINDS.map((kind) => kind.length))

function result(explanation: Explanation): string[] {
  const { status, flags, error, scope, scopeNetwork, ttl, answer, authority, additional, signatures = [] } = explanation
  const family = scopeNetwork.includes(':') ? 'IPv6' : 'IPv4'
  const byConnection = explanation.trace.some((step) => 'from' in step && step.from === 'connection')
  const everyone = optsOut(explanation.ecs)
    ? 'as the client opted out; its connection decides'
    : byConnection
      ? 'where this connection comes from decides, for it alone'
      : `every ${family} client`
  const reach = scope === 0 ? everyone : scopeNetwork
  const kind = isNegative(explanation) ? ' (of the negative answer)' : ''
  return [
    row('status', `${status}, flags ${flags.join(' ')}${error === null ? '' : `; ${error}`}`),
    row('scope', `scope ${scope}: ${reach}`),
    row('ttl', ttl === null ? 'none: there are no records' : `${ttl}${kind}`),
    ...section('answer', answer),
    ...section('authority', authority),
    ...section('additional', additional),
    ...signatures.map((one, i) => row(i === 0 ? 'signed' : '', signatureText(one))),
  ]
}

function section(label: string, records: readonly RecordText[]): string[] {
  if (records.length === 0) return label === 'answer' ? [row(label, 'empty')] : []
  return records.map((record, i) => row(i === 0 ? label : '', recordText(record)))
}

/** Times to the minute: isolates make their signatures at different ones. */
const signatureText = ({ name, type, keys, expiration }: SignatureText): string =>
  `${name} ${type} by ${keys.map(({ tag, algorithm }) => `key ${tag} (algorithm ${algorithm})`).join(' and ')}, ` +
  `until ${expiration.slice(0, 16)}Z if it is made now`

const recordText = ({ name, ttl, type, data }: RecordText): string => `${name} ${ttl} ${type} ${data}`

/** Returns `1/3` and `33.33 %`. */
function chance({ probability, chance }: ChanceText): [string, string] {
  if (probability === null || chance === null) return ['?', 'not computed']
  const percent = chance * 100
  const rounded = percent === 0 || percent >= 0.01 ? Number(percent.toFixed(2)) : Number(percent.toPrecision(2))
  return [probability, `${rounded} %`]
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(0, ...rows.map((cells) => cells[column]?.length ?? 0))
  const [first, second] = [width(0), width(1)]
  return rows.map(([a = '', b = '', c = '']) => `  ${a.padStart(first)}  ${b.padStart(second)}  ${c}`)
}
