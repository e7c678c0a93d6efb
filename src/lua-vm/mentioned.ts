import type { Tree } from './tree.ts'

const GLOBAL = /\["global",\d+,"(\w+)"\]/g

/**
 * Returns the globals that a tree names, and which of some texts stand in it. A global counts however it is used:
 * called, kept in a variable or put into a table. A list of arguments may look like a global; local variables and
 * fields do not.
 */
export function mentionedIn(tree: Tree, texts: readonly string[] = []) {
  const json = JSON.stringify(tree)
  return {
    globals: new Set([...json.matchAll(GLOBAL)].map(([, name]) => name as string)),
    texts: new Set(texts.filter((text) => json.includes(JSON.stringify(text)))),
  } as const
}
