import { type Explanation, explanationText, type WhatIf } from '../../explain/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ApiClient } from '../api/client.ts'
import { faultLines, isObject } from '../api/fault.ts'
import { read } from '../api/zones.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { type ExplainOptions, parseQuestion } from './explain.ts'

/** `at`: the time to answer at, RFC 3339. */
export type ExplainToOptions = ExplainOptions & WhatIf & { readonly at?: string }

/** `edge-gslb explain NAME TYPE --client IP --to URL`: the Worker explains by what it serves, and its health now. */
export async function explainThroughApi(
  name: string,
  type: string,
  options: ExplainToOptions,
  api: ApiClient,
  console: Console,
): Promise<ExitStatus> {
  const question = parseQuestion(name, type, options)
  if (!question.ok) {
    console.err(`error: ${question.error}`)
    return EXIT.USAGE
  }
  const query = queryOf(name, type, options)
  if (!query.ok) {
    console.err(`error: ${query.error}`)
    return EXIT.USAGE
  }
  const path = `/api/v1/explain?${query.value}`
  const explained = await read(api, { path }, (body) => (isExplanation(body) ? body : undefined))
  if (!explained.ok) {
    for (const line of faultLines(explained.error, api.where)) console.err(line)
    return EXIT.FAILED
  }
  if (options.json) {
    console.out(JSON.stringify(explained.value, null, 2))
    return EXIT.OK
  }
  const text = textOf(explained.value)
  if (text.ok) console.out(text.value)
  else console.err(`error: ${api.where} explains in another way than this version; expected --json`)
  return text.ok ? EXIT.OK : EXIT.FAILED
}

function queryOf(name: string, type: string, options: ExplainToOptions): Result<string> {
  const { client, ecs, cf, at, token, down, up } = options
  const country = cf === undefined ? ok(undefined) : countryOf(cf)
  if (!country.ok) return country
  const one = { name, type, client, ecs, country: country.value, token: token ? '1' : undefined, at }
  const all = [...Object.entries(one), ...down.map((glob) => ['down', glob]), ...up.map((glob) => ['up', glob])]
  const given = all.flatMap(([key = '', value]) => (value === undefined ? [] : [[key, value]]))
  return ok(new URLSearchParams(given).toString())
}

/** Reads the country of a place that is valid JSON. The API takes no more of it. */
function countryOf(cf: string): Result<string> {
  const { country, ...more }: Readonly<Record<string, unknown>> = JSON.parse(cf)
  if (typeof country === 'string' && Object.keys(more).length === 0) return ok(country)
  return err(`--cf ${cf} has more than a country, which is all that --to takes; expected one like {"country":"DE"}`)
}

/** A Worker of a later version may have steps that this one has no words for. */
function textOf(explanation: Explanation): Result<string, unknown> {
  try {
    return ok(explanationText(explanation))
  } catch (error) {
    return { ok: false, error }
  }
}

const LISTS = ['flags', 'trace', 'answer', 'authority', 'additional', 'answers', 'endings']

const isExplanation = (body: unknown): body is Explanation =>
  isObject(body) &&
  isObject(body.question) &&
  ['client', 'status', 'scopeNetwork'].every((field) => typeof body[field] === 'string') &&
  LISTS.every((field) => Array.isArray(body[field]))
