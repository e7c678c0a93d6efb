import { readFileSync } from 'node:fs'
import { err, ok, type Result } from '../../../result.ts'

/**
 * A command that an agent's operator allows: a program with any arguments, or a list of a program and exactly these
 * arguments, with placeholders as in the check.
 */
type Allowed = string | readonly string[]

/**
 * The commands that an agent may run. Zone documents come from other machines, and must not run what they like here.
 */
export class AllowedCommands {
  private readonly commands: readonly Allowed[]

  constructor(commands: readonly Allowed[]) {
    this.commands = commands
  }

  /** @param command as the check has it, with its placeholders */
  allows(command: readonly string[]): boolean {
    return this.commands.some((allowed) =>
      typeof allowed === 'string' ? allowed === command[0] : isSame(allowed, command),
    )
  }
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((part, i) => part === other[i])

/**
 * Reads what an operator allows.
 * @param texts the values of --allow-exec; @param file the value of --allow-exec-file, a JSON list
 */
export function readAllowedCommands(texts: readonly string[], file: string | undefined): Result<AllowedCommands> {
  const commands: Allowed[] = []
  for (const text of texts) {
    const value = text.startsWith('[') ? parsed(text) : text
    if (!isAllowed(value)) return err(`--allow-exec '${text}' is not a command; ${EXPECTED}`)
    commands.push(value)
  }
  if (file === undefined) return ok(new AllowedCommands(commands))
  const read = readText(file)
  if (!read.ok) return read
  const list = parsed(read.value)
  if (!Array.isArray(list)) return err(`${file} is not a JSON list; expected one like ["/usr/local/bin/check"]`)
  for (const [i, value] of list.entries()) {
    if (!isAllowed(value)) return err(`${file}: entry ${i + 1} is not a command; ${EXPECTED}`)
    commands.push(value)
  }
  return ok(new AllowedCommands(commands))
}

const EXPECTED =
  'expected the whole path of a program, which allows any arguments, or a list like ["/usr/local/bin/check", "%%ITEM%%"], which allows these'

function isAllowed(value: unknown): value is Allowed {
  if (typeof value === 'string') return value.startsWith('/')
  return Array.isArray(value) && value.every((part) => typeof part === 'string') && String(value[0]).startsWith('/')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readText(file: string): Result<string> {
  try {
    return ok(readFileSync(file, 'utf8'))
  } catch (error) {
    return err(`${file} cannot be read: ${(error as Error).message}`)
  }
}
