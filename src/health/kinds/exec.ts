import * as v from 'valibot'
import { MAX_COMMAND_CHARS, MAX_COMMAND_PARTS, MAX_QUOTED_CHARS } from '../../limits.ts'
import { object } from '../../schema.ts'
import { type Expected, expected, port, probed, whole } from '../check-fields.ts'
import type { CheckKind, ProbedAs } from './kind.ts'

type ExecDocument = ProbedAs<'exec'> & {
  /** The program, then its arguments. */
  readonly command: readonly string[]
  readonly exitStatus?: number | undefined
  readonly output?: Expected | undefined
  readonly port?: number | undefined
}

export type ExecAction = {
  readonly kind: 'exec'
  /** The program and its arguments, in which placeholders stand for the target. */
  readonly command: readonly string[]
  readonly exitStatus: number
  readonly output?: Expected | undefined
}

/** The texts in a command that an agent replaces: gdnsd's name of the target, and its port. */
export const PLACEHOLDER = { item: '%%ITEM%%', port: '%%PORT%%' } as const

const COMMAND = 'expected a list of a program and its arguments, like ["/usr/local/bin/check", "%%ITEM%%"]'
const PROGRAM = 'expected the whole path of a program, like "/usr/local/bin/check"'
const command = v.pipe(
  v.array(v.string(COMMAND), COMMAND),
  v.minLength(1, COMMAND),
  v.maxLength(MAX_COMMAND_PARTS, `expected at most ${MAX_COMMAND_PARTS} parts; write a script for more`),
  v.rawCheck(({ dataset, addIssue }) => {
    const message = dataset.typed && dataset.value.length > 0 ? commandError(dataset.value) : undefined
    if (message !== undefined) addIssue({ message })
  }),
)

function commandError([program = '', ...parts]: readonly string[]): string | undefined {
  if (!/^\/[^%]*[^/%]$/.test(program)) return `"${program.slice(0, MAX_QUOTED_CHARS)}" is not a program; ${PROGRAM}`
  const all = [program, ...parts].join('')
  if (all.includes('\0')) return 'the command has a zero octet, which ends a text for the system; expected none'
  if (all.length > MAX_COMMAND_CHARS)
    return `the command has ${all.length} characters; expected at most ${MAX_COMMAND_CHARS}`
  const known: readonly string[] = Object.values(PLACEHOLDER)
  const unknown = parts.flatMap((part) => part.match(/%%[A-Za-z]+%%/g) ?? []).find((found) => !known.includes(found))
  return unknown && `${unknown.slice(0, MAX_QUOTED_CHARS)} stands for nothing; expected ${known.join(' or ')}`
}

export const exec: CheckKind<ExecDocument, ExecAction> = {
  schema: object({
    kind: v.literal('exec'),
    ...probed,
    command,
    exitStatus: v.optional(whole(0, 255)),
    output: v.optional(expected),
    port: v.optional(port),
  }),
  defaultPort: ({ port = 0 }) => port,
  actionOf: ({ command, exitStatus = 0, output }) => ({ kind: 'exec', command, exitStatus, output }),
  refusal: ({ command }, { endpoint }) =>
    endpoint.port === 0 && command.some((part) => part.includes(PLACEHOLDER.port))
      ? `the command has ${PLACEHOLDER.port}, and the target has no port; expected a "port" in the check`
      : undefined,
  searched: ({ output }) => output,
  summary: ({ command }) => `exec ${command[0]}`,
}
