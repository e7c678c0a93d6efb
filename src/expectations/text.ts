import { formatName, type Name, typeName } from '../dns/index.ts'
import type { ExplainQuery } from '../explain/index.ts'
import { MAX_QUOTED_CHARS } from '../limits.ts'
import { formatAddress, formatPrefix } from '../net/index.ts'
import type { Difference } from './compare.ts'
import type { Expectation } from './document.ts'
import { cfOf, type Row } from './row.ts'

/** Formats `www.example.com A for 192.0.2.7 in DE, 192.0.2.10:443 down (why): `, in front of what is wrong. */
export function subject(
  { name, type, client, ecs }: ExplainQuery,
  { country, place, why, down, up }: Expectation,
): string {
  const located = country ?? (place && JSON.stringify(place))
  const states = [...(down ?? []).map((glob) => `${glob} down`), ...(up ?? []).map((glob) => `${glob} up`)]
  const who = [ecs ? formatPrefix(ecs) : formatAddress(client), ...(located === undefined ? [] : [`in ${located}`])]
  const all = [who.join(' '), ...listed(states)].join(', ')
  return `${spoken(name)} ${typeName(type)} for ${all}${why === undefined ? '' : ` (${why})`}`
}

/** Formats a name without the final dot, as people write it. */
const spoken = (name: Name): string => formatName(name).replace(/(?<=.)\.$/, '')

const LISTED_STATES = 3

const listed = (states: readonly string[]): string[] => {
  const shown = states.slice(0, LISTED_STATES).map((state) => state.slice(0, MAX_QUOTED_CHARS))
  return states.length > shown.length ? [...shown, '…'] : shown
}

/** Formats `the answer is 192.0.2.2 with scope 24; expected 192.0.2.1 with scope 16`. */
export function differenceText(all: readonly Difference[]): string {
  const isAbout = all.some(({ field }) => isMain(field)) ? 'is' : 'has'
  return `the answer ${isAbout} ${sideText(all, 'found')}; expected ${sideText(all, 'expected')}`
}

function sideText(all: readonly Difference[], side: 'found' | 'expected'): string {
  const texts = (main: boolean): string =>
    all
      .filter(({ field }) => isMain(field) === main)
      .map((difference) => difference[side])
      .join(', ')
  return [texts(true), texts(false)].filter((text) => text !== '').join(' with ')
}

const isMain = (field: Difference['field']): boolean => field === 'rcode' || field === 'answer'

/** Returns the command that shows why the answer is what it is. @param folder the folder of the zones */
export function explainCommand(query: ExplainQuery, { whatIf }: Row, folder: string): string {
  const { name, type, client, ecs, place, token } = query
  const options = [
    ...['--client', formatAddress(client)],
    ...(ecs ? ['--ecs', formatPrefix(ecs)] : []),
    ...(place ? ['--cf', cfOf(place)] : []),
    ...(token ? ['--token'] : []),
    ...whatIf.down.flatMap((glob) => ['--down', glob]),
    ...whatIf.up.flatMap((glob) => ['--up', glob]),
    ...(folder === DEFAULT_FOLDER ? [] : ['--zones', folder]),
  ]
  return ['npx edge-gslb explain', inShell(spoken(name)), typeName(type), ...options.map(inShell)].join(' ')
}

/** The folder that commands read without `--zones`. */
const DEFAULT_FOLDER = 'zones'

/** Quotes an argument for a shell where it has to be. */
const inShell = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
