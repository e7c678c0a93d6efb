import { type Command, Option } from 'commander'
import { err, ok } from '../../result.ts'

/** The options of a command that may go through the API. */
export type ToOptions = { readonly to?: string; readonly keyFile?: string }

/** Adds `--to` to a command. @param others its options for other ways, with which it cannot be used */
export const withTo = (command: Command, others: readonly string[] = []): Command =>
  command
    .addOption(
      new Option('--to <url>', 'through the API of this Worker, with the key in EDGE_GSLB_KEY').conflicts([...others]),
    )
    .option('--key-file <file>', 'a file that contains the key (instead of EDGE_GSLB_KEY in the environment)')

/** The variable of the key. Arguments can be seen by every user of the machine. */
export const KEY_VARIABLE = 'EDGE_GSLB_KEY'

/** Opens the API that `--to` names, or says why it cannot. */
export async function openApi({ to, keyFile }: ToOptions & { readonly to: string }, stopped?: AbortSignal) {
  const [{ ApiClient }, { isExposed, parseServer }, { readKey }, { setTimeout: sleep }] = await Promise.all([
    import('./client.ts'),
    import('../http-client.ts'),
    import('../secret.ts'),
    import('node:timers/promises'),
  ])
  const url = parseServer(to)
  if (!url.ok) return err(`--to: ${url.error}`)
  if (isExposed(url.value)) return err(exposedText(url.value))
  const key = readKey(KEY_VARIABLE, keyFile, process.env)
  if (!key.ok) return key
  return ok(new ApiClient(url.value, key.value, { wait: (ms) => sleep(ms), ...(stopped && { stopped }) }))
}

/** The error for plain HTTP to another machine. */
export const exposedText = ({ origin }: URL): string =>
  `--to ${origin} would send the key where anybody on the path can read it; expected https://`

/** The error of a command that only the API can do. */
export const needsApi = (what: string): string =>
  `${what} is kept by the Worker, and read through its API; expected --to https://dns.example.com, ` +
  'or --to http://127.0.0.1:8787 while npm start runs'
