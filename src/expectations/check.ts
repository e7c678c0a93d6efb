import { assuming, type Explanation, explain, matchesAny, subjectsOf } from '../explain/index.ts'
import { Health, type Subject } from '../health/index.ts'
import { MAX_EXPECTATIONS, MAX_EXPECTATIONS_CHARS, MAX_REPORTED_ISSUES } from '../limits.ts'
import { type Issue, type Path, seededRng } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { parse } from '../schema.ts'
import { issuesOf } from '../schema-issues.ts'
import type { Zone, Zones } from '../zone/index.ts'
import { arranged, type Diagnostic, type LocatedJson, readJson, type SourceText } from '../zonefile/index.ts'
import { differences } from './compare.ts'
import { type Expectation, expectationSchema } from './document.ts'
import { type Row, rowOf } from './row.ts'
import { differenceText, explainCommand, subject } from './text.ts'

type ExpectationContext = {
  /** The zone whose expectations these are. */
  readonly zone: Zone
  /** All zones that are served together, this one among them: a CNAME may lead to another. */
  readonly zones: Zones
  /** Milliseconds since the epoch, for scripts that ask for the time. */
  readonly now: number
  /** The folder of the zones, as `explain --zones` takes it. */
  readonly folder: string
}

/**
 * Holds the expectations of a zone against what `explain` says.
 * @param source a JSON list of rows; `file` is the path in diagnostics
 * @returns the number of rows, all of which hold, or an error for each row that is not valid or fails
 */
export function checkExpectations(
  source: SourceText,
  context: ExpectationContext,
): Result<number, readonly Diagnostic[]> {
  const read = readRows(source)
  if (!read.ok) return read
  const { inputs, locate } = read.value
  const checker = new Checker(context)
  const errors: Diagnostic[] = []
  for (const [index, input] of inputs.entries()) {
    for (const { path, message } of checker.check(input)) {
      errors.push({ ...locate([index, ...path]), severity: 'error', message })
    }
    if (errors.length < MAX_REPORTED_ISSUES || index === inputs.length - 1) continue
    const message = 'the rows from here on were not checked; expected those above to be fixed first'
    errors.push({ ...locate([index + 1]), severity: 'error', message })
    break
  }
  return errors.length > 0 ? err(errors) : ok(inputs.length)
}

type Rows = { readonly inputs: readonly unknown[]; readonly locate: LocatedJson['locate'] }

const ROWS = 'a list of rows like { "name": "www.example.com", "client": "192.0.2.7", "answer": "192.0.2.1" }'

function readRows({ file, text }: SourceText): Result<Rows, readonly Diagnostic[]> {
  const start = { file, line: 1, column: 1 }
  const refused = (message: string) => err(arranged([{ ...start, message }], 'error', [file]))
  if (text.length > MAX_EXPECTATIONS_CHARS) {
    return refused(`the file has ${text.length} characters; expected at most ${MAX_EXPECTATIONS_CHARS}`)
  }
  const json = readJson(file, text, ROWS)
  if (!json.ok) return err(arranged(json.error, 'error', [file]))
  const { value, locate } = json.value
  if (!Array.isArray(value)) return refused(`the file is not a list of expectations; expected ${ROWS}`)
  if (value.length > MAX_EXPECTATIONS) {
    return refused(`the file has ${value.length} rows; expected at most ${MAX_EXPECTATIONS}`)
  }
  return ok({ inputs: value, locate })
}

/** Checks one row after the other. What they share is computed once. */
class Checker {
  private readonly context: ExpectationContext
  private readonly unprobed: Health
  private subjects: readonly Subject[] | undefined

  constructor(context: ExpectationContext) {
    this.context = context
    this.unprobed = new Health([], [], context.now)
  }

  /** Returns what is wrong in a row, or why it fails. Paths begin at the row. */
  check(input: unknown): readonly Issue[] {
    const shape = parse(expectationSchema, input, {})
    if (!shape.ok) return issuesOf(shape.error)
    const expectation = shape.value
    const row = rowOf(expectation, this.context.zone)
    if (!row.ok) return row.error
    const unknown = this.unknownStates(expectation)
    if (unknown.length > 0) return unknown
    const failure = this.failure(row.value, expectation)
    return failure ? [failure] : []
  }

  /** Returns an error for each glob that matches nothing: the row would not suppose what it says. */
  private unknownStates(expectation: Expectation): Issue[] {
    return (['down', 'up'] as const).flatMap((field) =>
      (expectation[field] ?? []).flatMap((glob, i) => {
        this.subjects ??= subjectsOf([this.context.zone])
        if (matchesAny(glob, this.subjects)) return []
        const message = `"${glob}" matches nothing in the zone; expected a target, a check or a datacenter of it`
        return [{ path: [field, i], message }]
      }),
    )
  }

  private failure(row: Row, expectation: Expectation): Issue | undefined {
    const health = assuming(this.unprobed, row.whatIf)
    const { zone } = this.context
    for (const asked of row.queries) {
      // A zone that is not for everybody is tested as those see it whom it is for.
      const query = zone.access?.token ? { ...asked, token: true } : asked
      // The same draws each time. The verdict does not depend on them.
      const explanation = explain(query, this.context.zones, seededRng(1), health)
      const about = `${subject(query, expectation)}: `
      const why = `; explain: ${explainCommand(query, row, this.context.folder)}`
      const vague = row.isForEverybody ? dependence(explanation, query.place !== undefined) : undefined
      if (vague !== undefined) return { path: [], message: about + vague + why }
      const all = differences(row, expectation, explanation)
      if (all.length > 0) return { path: pathOf(all, expectation), message: about + differenceText(all) + why }
    }
    return undefined
  }
}

/** Returns the reason why an answer is not that of everybody; undefined if it is. */
function dependence({ scope, trace }: Explanation, isPlaced: boolean): string | undefined {
  if (scope > 0) return `the answer depends on the client (scope ${scope}); expected "client" or "ecs" in the row`
  if (isPlaced || !trace.some((step) => 'from' in step && step.from === 'connection')) return undefined
  return 'the answer depends on where the client is; expected "country", "place" or "client" in the row'
}

/** Returns the first field of the row that is not met. A row without "rcode" expects NOERROR. */
function pathOf(all: ReturnType<typeof differences>, expectation: Expectation): Path {
  const field = all.map((difference) => difference.field).find((one) => expectation[one] !== undefined)
  return field === undefined ? [] : [field]
}
