import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Builds dist/cli for the package, as JavaScript for Node 20: Node strips no types below node_modules. Packages are not
 * bundled. The files are as deep as src/cli, so that `import.meta.url` finds the package from both.
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
