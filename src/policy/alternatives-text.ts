import { columns } from '../columns.ts'
import { printable } from '../printable.ts'
import type {
  AlternativesStep,
  ForcedStep,
  HeldStep,
  MemberStep,
  SpillStep,
  WeighedStep,
  WhenDown,
} from './alternatives.ts'

type Step = AlternativesStep<string>

/**
 * Says how a pool or failover is, and the source of the answer.
 * @param up the words for an answer by its members
 */
export function upText(step: Step, up: string): string {
  const { pool, live, forced, from } = step
  const state = live ? 'up' : 'down'
  const how = forced ? `${state}, ${forcedText(forced)}` : state
  const members = inline(step)
  const answer = from === 'members' ? up : downText(from)
  return `${printable(pool)} is ${how}: ${answer}${members === undefined ? '' : ` (${members})`}`
}

const DOWN = {
  all: 'all of it is taken as if it were up',
  first: 'the first is taken as if it were up',
  'last-known': 'what was up last is taken as if it were up',
  last: 'what the zone says for that case is taken',
  nodata: 'NODATA',
  servfail: 'SERVFAIL',
  refused: 'REFUSED',
} as const

export const downText = (from: WhenDown): string => DOWN[from]

/** Returns the members for the same line, unless they are too many or their text is too long. */
function inline({ members }: Step): string | undefined {
  const words = (member: MemberStep): string =>
    memberCells(member)
      .filter((cell) => cell !== '')
      .join(' ')
  const text = members.map(words).join('; ')
  return members.length <= INLINE && text.length <= INLINE_CHARS ? text : undefined
}

const INLINE = 3
const INLINE_CHARS = 80

/** Returns the lines of the members, if they do not fit the step's own line. */
export function memberLines(step: Step): string[] {
  if (inline(step) !== undefined) return []
  return columns(
    step.members.map((member) => {
      const [number = '', ...cells] = memberCells(member)
      return [number.padStart(String(step.members.length).length), ...cells]
    }),
  )
}

/** Returns number, name, and state with all that explains it. */
function memberCells(step: MemberStep): string[] {
  const { member, state, real, target, datacenter, forced, held, weighed, stale, weight, load } = step
  const { factor, waits, trickle, spill } = step
  const name = [target, datacenter].filter((part) => part !== undefined).join(' in ')
  const guessed = real === 'unknown' && !forced
  const more = [
    ...(real === 'unknown' || real === state ? [] : [`measured ${real}`]),
    ...(forced ? [forcedText(forced)] : []),
    ...(held ? [heldText(held)] : []),
    ...(weighed ? [weighedText(weighed)] : []),
    ...(stale ? ['stale'] : []),
    ...(weight === undefined ? [] : [`weight ${weight}`]),
    ...(load === undefined ? [] : [`load ${load}`]),
    ...(spill ? spillTexts(spill) : []),
    ...(waits === undefined ? [] : [waitText(waits)]),
    ...(factor === undefined ? [] : [`coming back, factor ${factor}`]),
    ...(trickle === undefined ? [] : [`${trickle} of it to the next`]),
  ]
  const text = [guessed ? `taken for ${state}` : state, ...more].join(', ')
  return [String(member + 1), printable(name), text]
}

const forcedText = ({ force, ...reason }: ForcedStep): string => printable(`forced ${force} ${reasonText(reason)}`)

/** The load of members without limits, or within them, says enough. */
function spillTexts({ offered, target, capacity, kept, received }: SpillStep): string[] {
  const taken = received > 0 ? [`takes ${received} of others up to ${capacity}`] : []
  if (offered <= target) return taken
  const keeps = kept < 1 ? `keeps ${kept} of its clients` : 'nothing has room: keeps all of its clients'
  return [`offered ${rounded(offered)} of ${target}, ${keeps}`]
}

const rounded = (load: number): number => Number(load.toPrecision(6))

const heldText = ({ zone, fell, of, until }: HeldStep): string =>
  printable(
    `held up by the guard of ${zone} until ${until.replace(/\.\d+Z$/, 'Z')}, as ${fell} of ${of} targets went down`,
  )

const waitText = (waits: number | 'manual'): string =>
  waits === 'manual' ? 'waits until it is resumed' : `counts again in ${waits} seconds`

const weighedText = ({ weight, ...reason }: WeighedStep): string =>
  printable(`weight set to ${weight} ${reasonText(reason)}`)

const reasonText = ({ by, why, until }: Omit<ForcedStep, 'force'>): string =>
  `by ${by}${until === undefined ? '' : ` until ${until.replace(/\.\d+Z$/, 'Z')}`} (${why})`
