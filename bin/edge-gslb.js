#!/usr/bin/env node
// Plain JavaScript, so that an old system Node can run it. In the package it runs dist/cli, which is built for Node 20.
// In a clone it runs src/cli/main.ts under a Node that strips types: below 22.18 it starts the Node of the devDependency
// `node` instead, and passes on its input, output and status.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

// npm never packs a lock file. In a clone, a dist/cli that an earlier `npm pack` left behind must not run.
const built = `${root}dist/cli/main.js`
const isPackage = !existsSync(`${root}package-lock.json`) && existsSync(built)

if (isPackage) {
  module.enableCompileCache?.()
  const { main } = await import(pathToFileURL(built).href)
  await main(process.argv.slice(2))
} else if (!existsSync(`${root}node_modules/commander`)) {
  fail('the packages it needs are not installed; run "npm ci" first, in the folder of edge-gslb')
} else if (stripsTypes(process.versions.node)) {
  // Caches stripped and compiled code: stripping and compiling take most of a command's time.
  module.enableCompileCache?.()
  const { main } = await import('../src/cli/main.ts')
  await main(process.argv.slice(2))
} else {
  const node = ['bin/node', 'bin/node.exe'].map((file) => `${root}node_modules/node/${file}`).find(existsSync)
  if (node) runUnder(node)
  else
    fail(
      `Node ${process.versions.node} is too old, and node_modules has no Node of its own; expected Node 22.18 or later, or "npm ci" without --ignore-scripts`,
    )
}

/** @param {string} version */
function stripsTypes(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/**
 * Passes input, output, signals and the exit status through. The child sees the end of this process by the channel.
 * @param {string} node
 */
function runUnder(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`${node} cannot be started: ${error.message}; run "npm ci" again`))
  child.on('exit', (code, signal) => {
    // By convention: 128 and the signal's number.
    process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0))
  })
}

/** @param {string} message */
function fail(message) {
  console.error(`edge-gslb: ${message}`)
  process.exitCode = 1
}
