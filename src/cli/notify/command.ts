import { type Command, InvalidArgumentError } from 'commander'
import type { ApiClient } from '../api/client.ts'
import { needsApi, openApi, type ToOptions, withTo } from '../api/options.ts'
import { type ExitStatus, processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { exit, fail } from '../options.ts'

type NotifyOptions = ToOptions & { readonly json: boolean }

/** Adds the commands about notifications. */
export function addNotify(program: Command): void {
  const notify = program
    .command('notify')
    .description('show who is told of changes of health, and send tests')
    .addHelpText('after', HELP)

  withApi(notify.command('list'))
    .description('list the receivers, without secrets, and how deliveries to them go')
    .action((options: NotifyOptions) =>
      run(options, async (api) => {
        const { listReceivers } = await import('./notify.ts')
        return listReceivers(api, options.json, Date.now(), processConsole)
      }),
    )

  withApi(notify.command('test'))
    .description('send a test to a receiver')
    .argument('<number>', 'the number that "notify list" shows', numberIn)
    .action((receiver: number, options: NotifyOptions) =>
      run(options, async (api) => {
        const { testReceiver } = await import('./notify.ts')
        return testReceiver(api, receiver, options.json, processConsole)
      }),
    )
}

const withApi = (command: Command): Command =>
  withTo(command).option('--json', 'print one JSON object', false).addHelpText('after', HELP)

async function run({ to, ...options }: NotifyOptions, work: (api: ApiClient) => Promise<ExitStatus>): Promise<void> {
  if (to === undefined) return fail(needsApi('the state of deliveries'))
  const api = await openApi({ to, ...options })
  if (!api.ok) return fail(api.error)
  exit(await work(api.value))
}

function numberIn(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a number from 1.')
}

const HELP = examples(
  '0 done, 1 an error, 2 an invalid command line.',
  ['edge-gslb notify list --to https://dns.example.com', 'who is told, and how that goes'],
  ['edge-gslb notify test 1 --to https://dns.example.com', 'the first of them gets a test'],
)
