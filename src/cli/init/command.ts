import { Argument, type Command, Option } from 'commander'
import { processConsole } from '../console.ts'
import { exit } from '../options.ts'
import type { Task } from './init.ts'

/** Stated here too, so that no other command loads the starters: a test holds the two lists together. */
export const TASK_NAMES = ['canary', 'failover', 'split-horizon', 'geo', 'powerdns'] as const satisfies readonly Task[]

/** `edge-gslb init`. */
export const addInit = (program: Command): Command =>
  program
    .command('init')
    .description('write a commented starter by task, and say what to run next; never overwrites')
    .addArgument(new Argument('[folder]', 'where to write').default('.'))
    .addOption(new Option('--task <task>', 'what the zone is to do').choices(TASK_NAMES).default('canary'))
    .action(async (folder: string, { task }: { readonly task: Task }) => {
      const { init } = await import('./init.ts')
      exit(init(task, folder, processConsole))
    })
