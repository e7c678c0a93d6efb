import { printable } from '../../printable.ts'
import { err, ok, type Result } from '../../result.ts'
import { keyedOrigin } from '../../store/index.ts'
import type { ApiClient } from '../api/client.ts'
import { type Fault, faultLines } from '../api/fault.ts'
import { inTurns } from '../api/in-turns.ts'
import { type ApiChange, type ApiPast, readHistory, readPast } from '../api/zones.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { paintFor, plain, table } from '../paint.ts'
import { Progress } from '../publish/progress.ts'

type HistoryOptions = { readonly diff: boolean; readonly json: boolean }

/** `edge-gslb history ZONE [ID] --to URL`: lists the changes of a zone, or shows one. */
export async function historyCommand(
  zone: string,
  id: string | undefined,
  { diff, json }: HistoryOptions,
  api: ApiClient,
  console: Console,
): Promise<ExitStatus> {
  const origin = parseZone(zone)
  const number = id === undefined ? ok(undefined) : parseChange(id)
  for (const parsed of [origin, number]) if (!parsed.ok) console.err(`error: ${parsed.error}`)
  if (!origin.ok || !number.ok) return EXIT.USAGE
  return number.value === undefined
    ? listChanges(origin.value, { diff, json }, api, console)
    : showChange(origin.value, number.value, json, api, console)
}

/** Reads a zone as people write it. Returns its origin with the final dot. */
export function parseZone(text: string): Result<string> {
  const origin = keyedOrigin(text)
  return origin === undefined
    ? err(`"${text}" is not a name; expected that of a zone, like example.com`)
    : ok(`${origin}.`)
}

export function parseChange(text: string): Result<number> {
  return /^\d{1,15}$/.test(text)
    ? ok(Number(text))
    : err(`"${text}" is not the number of a change; expected one of "history", like 7`)
}

async function listChanges(
  origin: string,
  { diff, json }: HistoryOptions,
  api: ApiClient,
  console: Console,
): Promise<ExitStatus> {
  const changes = await readHistory(api, origin)
  if (!changes.ok) return failed(changes.error, api, console)
  const diffs = diff ? await diffsOf(origin, changes.value, api, console) : ok(undefined)
  if (!diffs.ok) return failed(diffs.error, api, console)
  if (json) {
    const all = changes.value.map((change, i) => ({
      ...change,
      ...(diffs.value && { diff: diffs.value[i]?.diff ?? null }),
    }))
    console.out(JSON.stringify({ changes: all }, null, 2))
    return EXIT.OK
  }
  if (changes.value.length === 0) console.out(`${origin} has no changes that are kept`)
  else if (!diffs.value) for (const line of table([HEAD, ...changes.value.map(cells)], plain)) console.out(line)
  else for (const past of diffs.value) print(past, console)
  return EXIT.OK
}

async function diffsOf(
  origin: string,
  changes: readonly ApiChange[],
  api: ApiClient,
  console: Console,
): Promise<Result<readonly ApiPast[], Fault>> {
  const progress = new Progress(`reading the changes of ${origin}`, console)
  const diffs = await inTurns(
    changes,
    async ({ id }) => {
      const past = await readPast(api, origin, id)
      return past.ok ? ok(past.value.past) : past
    },
    progress.update,
  )
  progress.end()
  return diffs
}

const HEAD = ['ID', 'TIME', 'SERIAL', 'AUTHOR', 'REASON']

const cells = (change: ApiChange): string[] =>
  [String(change.id), timeOf(change), leftBy(change) ?? '', change.author, change.reason ?? ''].map(printable)

const timeOf = ({ time }: ApiChange): string => time.replace(/\.\d+Z$/, 'Z')

/** Tells the serial that a change left, or that it left no zone. */
const leftBy = ({ hash, serial }: ApiChange): string | undefined =>
  hash === undefined ? 'deleted' : serial === undefined ? undefined : String(serial)

async function showChange(
  origin: string,
  id: number,
  json: boolean,
  api: ApiClient,
  console: Console,
): Promise<ExitStatus> {
  const found = await readPast(api, origin, id)
  if (!found.ok) return failed(found.error, api, console)
  if (json) console.out(JSON.stringify(found.value.json, null, 2))
  else print(found.value.past, console)
  return EXIT.OK
}

function print(change: ApiPast, console: Console): void {
  const { id, author, reason, hash, diff } = change
  const left = leftBy(change)
  const facts = [
    `change ${id}`,
    timeOf(change),
    ...(left === undefined ? [] : [hash === undefined ? 'the zone is deleted' : `serial ${left}`]),
    `by ${author}`,
  ]
  const paint = paintFor(process.stdout)
  console.out(paint('bold', printable(`${facts.join(', ')}${reason === undefined ? '' : `: ${reason}`}`)))
  const text = diff ?? 'too many differences to tell; --json has both documents'
  for (const line of text.trimEnd().split('\n')) console.out(paint(styleOf(line), printableLine(line)))
  console.out('')
}

/** Zone files have tabs. */
const printableLine = (line: string): string => line.split('\t').map(printable).join('\t')

function styleOf(line: string): 'green' | 'red' | 'dim' | 'reset' {
  if (/^(\+\+\+|---|@@)/.test(line)) return 'dim'
  return line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'reset'
}

function failed(fault: Fault, api: ApiClient, console: Console): ExitStatus {
  for (const line of faultLines(fault, api.where)) console.err(line)
  return EXIT.FAILED
}
