import type { Command } from 'commander'
import { MIN_SECRET_CHARS } from '../../limits.ts'
import { EXIT, processConsole } from '../console.ts'
import { examples } from '../help.ts'
import { exit, orUsage, type ServerOptions, several, stopSignal, withServer } from '../options.ts'
import { paintFor } from '../paint.ts'

/** Adds `edge-gslb agent`. */
export function addAgent(program: Command): void {
  withServer(program.command('agent'), 'AGENT_KEY')
    .description('make the probes that the Worker assigns from this machine, and report; runs until it is stopped')
    .requiredOption('--name <name>', 'the name that AGENT_KEYS of the Worker and "from" of checks have for it')
    .option('--once', 'probe everything once, report, and end', false)
    .option('--allow-exec <command>', 'a command that checks of kind exec may run; may be repeated', several, [])
    .option('--allow-exec-file <file>', 'a JSON list of such commands')
    .addHelpText('after', HELP)
    .action(async (options: AgentOptions) => {
      const [
        { VANTAGE_NAME },
        { runProbe },
        { agentIo, readAllowedCommands },
        { agentCommand },
        { parseServer },
        { readSecret },
      ] = await Promise.all([
        import('../../health/index.ts'),
        import('../../probe/index.ts'),
        import('./kinds/index.ts'),
        import('./agent.ts'),
        import('../http-client.ts'),
        import('../secret.ts'),
      ])
      const { name, once } = options
      const url = orUsage(program, parseServer(options.url))
      const secret = orUsage(program, readSecret('AGENT_KEY', options.keyFile, process.env))
      const fail = (why: string): never => program.error(`error: ${why}`, { exitCode: EXIT.USAGE })
      if (!VANTAGE_NAME.test(name)) fail(`"${name}" is not a valid name of an agent; expected letters, digits and "-"`)
      if (secret.length < MIN_SECRET_CHARS)
        fail(`the key is too short; expected at least ${MIN_SECRET_CHARS} characters`)
      const allowed = orUsage(program, readAllowedCommands(options.allowExec, options.allowExecFile))
      const io = agentIo(allowed)
      const agent = { url, name, secret, once, probe: (probe: Parameters<typeof runProbe>[0]) => runProbe(probe, io) }
      exit(await agentCommand(agent, stopSignal(), processConsole, paintFor(process.stdout)))
      // A probe in flight would keep the process alive until its timeout.
      setTimeout(() => process.exit(), GRACE_MS).unref()
    })
}

type AgentOptions = ServerOptions & {
  readonly name: string
  readonly once: boolean
  readonly allowExec: readonly string[]
  readonly allowExecFile?: string
}

const HELP = examples(
  '0 stopped, or all was reported, 1 an error, 2 an invalid command line.',
  ['edge-gslb agent --name fra --url https://dns.example.com', 'with the key in AGENT_KEY'],
  ['edge-gslb agent --name fra --once', 'one round, for npm start on this machine'],
  ['edge-gslb agent --name fra --allow-exec /usr/local/bin/check-replica', 'it may run this, with any arguments'],
)

const GRACE_MS = 100
