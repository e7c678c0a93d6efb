import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { ROOT } from './root.ts'
import { runFolder } from './run-folder.ts'

/**
 * Returns a function that runs a script of the bench in a new process, and returns what it prints. The script is
 * minified with all that it imports, as the Worker is: how soon code runs for the first time depends on that.
 */
export function childOf(script: string): (...args: readonly (string | number)[]) => string {
  const outfile = join(runFolder(), script.replace('.ts', '.mjs'))
  buildSync({
    entryPoints: [join(ROOT, 'bench', script)],
    outfile,
    ...{ bundle: true, minify: true, platform: 'node', format: 'esm', target: 'es2024', logLevel: 'error' },
    // The `main` of jsonc-parser asks for files beside it.
    mainFields: ['module', 'main'],
    // dns-packet is CommonJS, and asks for a module of Node.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
  })
  return (...args) => execFileSync(process.execPath, [outfile, ...args.map(String)], { encoding: 'utf8' })
}
