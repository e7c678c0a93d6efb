import type { NotificationReport, Tested } from '../../notify/index.ts'
import { printable } from '../../printable.ts'
import type { ApiClient } from '../api/client.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { receiverLines } from './text.ts'

const PATH = '/api/v1/notifications'

/** `edge-gslb notify list`: who is told of changes, and how that goes. */
export async function listReceivers(api: ApiClient, json: boolean, now: number, console: Console): Promise<ExitStatus> {
  const read = await api.call({ path: PATH })
  if (!read.ok) return failed(read.error.why, console)
  const report = JSON.parse(read.value.reply.text) as NotificationReport
  if (json) console.out(JSON.stringify(report))
  else {
    for (const problem of report.problems) console.err(`error: ${printable(problem)}`)
    for (const line of report.receivers.flatMap((one) => receiverLines(one, now))) console.out(printable(line))
    if (report.receivers.length === 0)
      console.out('nobody is told of changes: no zone has "notify", and NOTIFY is not set')
  }
  return report.problems.length > 0 ? EXIT.FAILED : EXIT.OK
}

/** `edge-gslb notify test`: sends a test, and says how that went. */
export async function testReceiver(
  api: ApiClient,
  receiver: number,
  json: boolean,
  console: Console,
): Promise<ExitStatus> {
  const headers = { 'Content-Type': 'application/json' }
  const sent = await api.call({ method: 'POST', path: `${PATH}/test`, headers, body: JSON.stringify({ receiver }) })
  if (!sent.ok) return failed(sent.error.why, console)
  const tested = JSON.parse(sent.value.reply.text) as Tested
  if (json) console.out(JSON.stringify(tested))
  else if (tested.delivered) console.out(`the receiver ${receiver} has a test: status ${tested.status}`)
  else console.err(printable(`error: the receiver ${receiver} could not be told: ${tested.why}`))
  return tested.delivered ? EXIT.OK : EXIT.FAILED
}

function failed(why: string, console: Console): ExitStatus {
  console.err(`error: ${why}`)
  return EXIT.FAILED
}
