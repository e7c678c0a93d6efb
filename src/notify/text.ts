import { LAST_TIME_MS } from '../calendar.ts'
import type { EventName } from './events.ts'
import type { About } from './subject.ts'

/** Says in a sentence, without a full stop, what an event is about. Parts that others wrote are cut. */
export function sentenceOf(event: EventName, about: About): string {
  const { zone = '', override = '', vantage = '', why, by, since, serial, gone } = about
  const because = why === undefined || why === '' ? '' : `: ${short(why)}`
  switch (event) {
    case 'target-down':
      return `${targetText(about)} is down${because}`
    case 'target-up':
      return gone ? `${targetText(about)} was down, and is no longer checked` : `${targetText(about)} is up again`
    case 'pool-degraded':
      return `the pool ${poolText(about)} is degraded: ${liveText(about)}`
    case 'pool-down':
      return `the pool ${poolText(about)} is down: ${liveText(about)}${by === undefined ? '' : `, forced by ${short(by)}`}`
    case 'pool-restored':
      return gone
        ? `the pool ${poolText(about)} had members that were down, and is gone`
        : `the pool ${poolText(about)} is restored: ${liveText(about)}`
    case 'vantage-silent':
      return `the vantage point ${vantage} is silent since ${timeText(since)}`
    case 'vantage-back':
      return gone
        ? `the vantage point ${vantage} was silent, and is no longer asked`
        : `the vantage point ${vantage} reports again`
    case 'guard-on':
      return `the guard of ${zone} holds states as before${because}`
    case 'guard-off':
      return gone ? `${zone} has no guard any more, which held states` : `the guard of ${zone} no longer holds states`
    case 'zone-refused':
      return `what is in KV for ${zone} is refused${because}`
    case 'zone-published':
      if (gone) return `what was refused for ${zone} is gone`
      return serial === undefined ? `${zone} is no longer refused` : `${zone} is served with serial ${serial}`
    case 'override-set':
      return `${short(by ?? 'somebody')} forces ${short(override)}${because}`
    case 'override-ended':
      return `no longer forced: ${short(override)}, by ${short(by ?? 'somebody')}`
  }
}

export const targetText = ({ target = '', check = '' }: About): string => `${short(target)} of ${short(check)}`

export const poolText = ({ pool = '' }: About): string => short(pool)

function liveText({ live = 0, members = 0, level }: About): string {
  const what = level === undefined ? 'members' : 'levels'
  const answered = level === undefined || level === 0 ? '' : `, level ${level} is answered`
  return `${live} of ${members} ${what} ${live === 1 ? 'is' : 'are'} up${answered}`
}

export const timeText = (ms: number | undefined): string => (ms === undefined ? 'an unknown time' : iso(ms))

/** A time that no date can be is the beginning of all. */
export const iso = (ms: number): string =>
  new Date(Number.isFinite(ms) && Math.abs(ms) <= LAST_TIME_MS ? ms : 0).toISOString()

/** Cuts a text that others wrote, and takes its control characters out. */
export const short = (text: string, max = MAX_PART_CHARS): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
  return plain.length <= max ? plain : `${plain.slice(0, max - 1)}…`
}

/** Names have 255 octets at most, and reasons 80 characters of what a target sent. */
const MAX_PART_CHARS = 300
