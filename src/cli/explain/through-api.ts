import { type Explanation, explanationText, type WhatIf } from '../../explain/index.ts'
import { ok, type Result } from '../../result.ts'
import type { ApiClient } from '../api/client.ts'
import { faultLines, isObject } from '../api/fault.ts'
import { read } from '../api/zones.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { type ExplainOptions, parseQuestion } from './explain.ts'

/** `edge-gslb explain NAME TYPE --client IP --to URL`: the Worker explains by what it serves, and its health now. */
export async function explainThroughApi(
  name: string,
  type: string,
  options: ExplainOptions & WhatIf,
  api: ApiClient,
  console: Console,
): Promise<ExitStatus> {
  const question = parseQuestion(name, type, options)
  if (!question.ok) {
    console.err(`error: ${question.error}`)
    return EXIT.USAGE
  }
  const path = `/api/v1/explain?${queryOf(name, type, options)}`
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

function queryOf(name: string, type: string, { client, ecs, cf, down, up }: ExplainOptions & WhatIf): string {
  const query = new URLSearchParams({ name, type })
  if (client !== undefined) query.set('client', client)
  if (ecs !== undefined) query.set('ecs', ecs)
  if (cf !== undefined) query.set('cf', cf)
  for (const glob of down) query.append('down', glob)
  for (const glob of up) query.append('up', glob)
  return query.toString()
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
