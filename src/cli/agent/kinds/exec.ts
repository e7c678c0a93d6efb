import { type ExecAction, PLACEHOLDER, type Probe, parseTarget } from '../../../health/index.ts'
import { MAX_CONVERSATION_BYTES } from '../../../limits.ts'
import { type AgentAttempt, describe, failed, notRun, OK, searchFor, type Verdict } from '../../../probe/index.ts'
import type { AllowedCommands } from './allowed-commands.ts'
import { type Ended, runProgram } from './program.ts'

/** Runs a command of the agent's machine. Its exit status decides, and its output where the check expects one. */
export async function askExec(
  probe: Probe,
  action: ExecAction,
  attempt: AgentAttempt,
  allowed: AllowedCommands,
): Promise<Verdict> {
  const command = commandOf(action)
  if (!command) return notRun('the command is not a list of texts')
  if (!allowed.allows(command)) return notRun(`this agent may not run ${command[0]}: see --allow-exec`)
  if (!isHarmless(probe)) return notRun('the target is neither an address nor a host name')
  const search = action.output && (await searchFor(action.output, 'at the end'))
  if (search && !search.ok) return notRun(search.error)
  attempt.stage = () => 'the command runs'
  attempt.begin()
  const program = runProgram(filledIn(command, probe), MAX_CONVERSATION_BYTES)
  attempt.closeAtEnd(program.kill)
  const ended = await program.ended
  const verdict = verdictOf(ended, action)
  if (verdict !== OK || !search || !action.output || ended.kind !== 'exit') return verdict
  const isFound = search.value.add(ended.output) || search.value.add(ended.errors) || search.value.end()
  return isFound ? OK : failed(`${describe(action.output)} is not in the output${said(ended)}`)
}

/** The Worker may be an impostor's, so that nothing that it sends is trusted. */
function commandOf({ command }: ExecAction): readonly string[] | undefined {
  const isList = Array.isArray(command) && command.length > 0
  return isList && command.every((part) => typeof part === 'string' && !part.includes('\0')) ? command : undefined
}

/** A target like `--config=/tmp/x` would be an option of the command. */
const isHarmless = ({ host, port }: Probe): boolean =>
  Number.isInteger(port) && !host.startsWith('[') && parseTarget(host, port).ok

const filledIn = ([program = '', ...args]: readonly string[], { host, port }: Probe): readonly string[] => [
  program,
  ...args.map((part) => part.replaceAll(PLACEHOLDER.item, host).replaceAll(PLACEHOLDER.port, String(port))),
]

function verdictOf(ended: Ended, { exitStatus, command }: ExecAction): Verdict {
  switch (ended.kind) {
    case 'exit':
      if (ended.status === exitStatus) return OK
      return failed(`exit status ${ended.status}, expected ${exitStatus}${said(ended)}`)
    case 'signal':
      return failed(`the command was ended by ${ended.signal}`)
    case 'flood':
      return failed(`the command printed more than ${MAX_CONVERSATION_BYTES} octets`)
    case 'unstarted':
      return notRun(`${command[0]} cannot be run here: ${ended.code}`)
  }
}

/** Returns the first line of the output, which usually says why, for the end of a reason. */
function said({ output, errors }: Extract<Ended, { kind: 'exit' }>): string {
  const line = [output, errors].map(firstLine).find((text) => text !== '')
  return line === undefined ? '' : `: ${line}`
}

const firstLine = (octets: Uint8Array): string =>
  new TextDecoder().decode(octets.subarray(0, 200)).trim().split('\n', 1)[0]?.trim() ?? ''
