import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Builds dist/cli for the package: JavaScript that Node 20 runs, since Node strips no types below node_modules. Packages
 * stay imports. All files are in one folder, as deep as src/cli: `import.meta.url` finds the package from both.
 */
const outdir = fileURLToPath(new URL('../dist/cli', import.meta.url))

rmSync(outdir, { recursive: true, force: true })
await build({
  entryPoints: [fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))],
  outdir,
  inject: [fileURLToPath(new URL('node-20.ts', import.meta.url))],
  bundle: true,
  splitting: true,
  chunkNames: '[name]-[hash]',
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
})
