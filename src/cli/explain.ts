import { type Name, parseName, parseType, ROOT } from '../dns/index.ts'
import { type Address, parseAddress, parsePrefix } from '../net/index.ts'
import type { Rng } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { loadedZones } from '../zone/index.ts'
import { printErrors } from './check.ts'
import { compileFolder } from './compile-files.ts'
import { type Console, EXIT, type ExitStatus } from './console.ts'
import { type Asked, explain } from './explanation.ts'
import { explanationText } from './explanation-text.ts'

export type ExplainOptions = {
  readonly client?: string
  readonly ecs?: string
  readonly json?: boolean
  /** The folder of the zones. */
  readonly zones: string
}

/** `edge-gslb explain NAME TYPE --client IP`: OK means that there is an explanation, whatever the answer is. */
export function explainCommand(
  name: string,
  type: string,
  options: ExplainOptions,
  random: Rng,
  console: Console,
): ExitStatus {
  const asked = parseAsked(name, type, options)
  if (!asked.ok) {
    console.err(`error: ${asked.error}`)
    return EXIT.USAGE
  }
  const compiled = compileFolder(options.zones)
  if (!compiled.ok) {
    printErrors(compiled.error.diagnostics, console)
    console.err(`error: ${compiled.error.message}; nothing can be explained`)
    return EXIT.FAILED
  }
  const explanation = explain(asked.value, loadedZones(compiled.value.map(({ zone }) => zone)), random)
  console.out(options.json ? JSON.stringify(explanation, null, 2) : explanationText(explanation))
  return EXIT.OK
}

export function parseAsked(name: string, type: string, { client, ecs }: ExplainOptions): Result<Asked> {
  const parsedName: Result<Name> = parseName(name, ROOT)
  if (!parsedName.ok) return parsedName
  const parsedType = parseType(type)
  if (!parsedType.ok) return parsedType
  const address = parseClient(client)
  if (!address.ok) return address
  const subnet = ecs === undefined ? ok(undefined) : parsePrefix(ecs, 'as written')
  if (!subnet.ok) return err(`--ecs ${subnet.error}`)
  return ok({ name: parsedName.value, type: parsedType.value, client: address.value, ecs: subnet.value })
}

function parseClient(client: string | undefined): Result<Address> {
  if (client === undefined) {
    return err('the answer depends on who asks; expected --client with an address, like --client 192.0.2.1')
  }
  const address = parseAddress(client)
  return address.ok ? address : err(`--client ${address.error}`)
}
