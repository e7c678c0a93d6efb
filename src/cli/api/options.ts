import { type Command, Option } from 'commander'
import { err, ok, type Result } from '../../result.ts'
import { type KvOptions, withKvOptions } from '../options.ts'
import type { ApiClient } from './client.ts'

/** The options of a command that may go through the API. */
export type ToOptions = { readonly to?: string; readonly keyFile?: string }

/** Adds `--to` to a command. @param others its options for other ways, with which it cannot be used */
export const withTo = (command: Command, others: readonly string[] = []): Command =>
  command
    .addOption(
      new Option('--to <url>', 'through the API of this Worker, with the key in EDGE_GSLB_KEY').conflicts([...others]),
    )
    .option('--key-file <file>', 'a file that contains the key (instead of EDGE_GSLB_KEY in the environment)')

/** The options of a command that works on KV, or through the API. */
export type KvOrApiOptions = KvOptions & ToOptions & { readonly remote?: boolean }

/**
 * Adds the options of a command that works on the KV of this machine, on that of the deployed Worker, or through the
 * API.
 */
export const withKvOrApi = (command: Command): Command =>
  withTo(
    withKvOptions(command)
      .addOption(new Option('--local', 'the KV of this machine (the default)').conflicts('remote'))
      .option('--remote', 'the KV of the deployed Worker'),
    ['local', 'remote'],
  )

/** The variable of the key. Arguments can be seen by every user of the machine. */
export const KEY_VARIABLE = 'EDGE_GSLB_KEY'

/** The options of a command that goes through the API. */
type ThroughApi = ToOptions & { readonly to: string }

/** Opens the API that `--to` names, or says why it cannot. */
export async function openApi(options: ThroughApi, stopped?: AbortSignal): Promise<Result<ApiClient>> {
  const [{ ApiClient }, { setTimeout: sleep }, access] = await Promise.all([
    import('./client.ts'),
    import('node:timers/promises'),
    apiAccess(options),
  ])
  if (!access.ok) return access
  const { url, key } = access.value
  return ok(new ApiClient(url, key, { wait: (ms) => sleep(ms), ...(stopped && { stopped }) }))
}

/** Returns the URL that `--to` names, and the key for it. */
export async function apiAccess({
  to,
  keyFile,
}: ThroughApi): Promise<Result<{ readonly url: URL; readonly key: string }>> {
  const [{ isExposed, parseServer }, { readSecret }] = await Promise.all([
    import('../http-client.ts'),
    import('../secret.ts'),
  ])
  const url = parseServer(to)
  if (!url.ok) return err(`--to: ${url.error}`)
  if (isExposed(url.value)) return err(exposedText(url.value))
  const key = readSecret(KEY_VARIABLE, keyFile, process.env)
  return key.ok ? ok({ url: url.value, key: key.value }) : key
}

/** The error for plain HTTP to another machine. */
export const exposedText = ({ origin }: URL): string =>
  `--to ${origin} would send the key where anybody on the path can read it; expected https://`

/** The error of a command that only the API can do. */
export const needsApi = (what: string): string =>
  `${what} is kept by the Worker, and read through its API; expected --to https://dns.example.com, ` +
  'or --to http://127.0.0.1:8787 while npm start runs'
