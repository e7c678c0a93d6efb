import type { ReceiverReport } from '../../notify/index.ts'
import { span } from '../duration.ts'

/** Says why a receiver was not told. */
export function failingText({ number, format, url, problem, last, waiting }: ReceiverReport): string {
  const waits = waiting === 0 ? '' : `; ${waiting === 1 ? 'a message waits' : `${waiting} messages wait`}`
  const why = problem ?? last?.why ?? 'unknown'
  return `the receiver ${number} of notifications, ${format} ${url}, could not be told: ${why}${waits}`
}

/** Describes a receiver in lines. @param now milliseconds since the epoch */
export function receiverLines(receiver: ReceiverReport, now: number): string[] {
  const { number, zone, format, url, on, hold, waiting, delivered, failed, last, problem } = receiver
  const after = hold === 0 ? '' : `, after ${hold} s`
  const counts = [`${delivered} delivered`, `${failed} given up`, `${waiting} waiting`].join(', ')
  const outcome = last && (last.delivered ? 'delivered' : (last.why ?? 'failed'))
  return [
    `${number}. ${format} ${url}, ${zone === null ? 'all zones (NOTIFY)' : zone}${after}`,
    `   on ${on.join(', ')}`,
    `   ${counts}${last ? `; ${last.event} ${span(now - Date.parse(last.at))} ago: ${outcome}` : ''}`,
    ...(problem === undefined ? [] : [`   ! ${problem}`]),
  ]
}
