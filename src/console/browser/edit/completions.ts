import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import type { EditorData } from '../../zone/editor.tsx'

/** Offers names where they can stand: types of records, kinds of policies, and functions in Lua code. */
export function completionsOf({ form, types, kinds, functions }: EditorData) {
  const ofTypes = optionsOf(types, 'type')
  const ofKinds = optionsOf(kinds, 'enum')
  const ofFunctions = optionsOf(functions, 'function')
  const ofDirectives = optionsOf(['$ORIGIN', '$TTL', '$GENERATE'], 'keyword')
  const inZoneFile = (before: string): readonly Completion[] => {
    if (isQuoted(before)) return ofFunctions
    return /^\S*$/.test(before) ? ofDirectives : ofTypes
  }
  const inJson = (before: string): readonly Completion[] => {
    if (/"kind"\s*:\s*"[\w-]*$/.test(before)) return ofKinds
    if (/"code"\s*:\s*"/.test(before)) return ofFunctions
    return /[{,]\s*"[\w-]*$/.test(before) || /^\s*"[\w-]*$/.test(before) ? ofTypes : []
  }
  return (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/[\w$-]*/)
    if (!word || (word.from === word.to && !context.explicit)) return null
    const { from } = context.state.doc.lineAt(context.pos)
    const before = context.state.sliceDoc(from, context.pos)
    const options = form === 'json' ? inJson(before) : inZoneFile(before)
    return options.length === 0 ? null : { from: word.from, options: [...options], validFor: /^[\w$-]*$/ }
  }
}

const optionsOf = (labels: readonly string[], type: string): readonly Completion[] =>
  labels.map((label) => ({ label, type }))

/** True inside of quotes that the line began. */
const isQuoted = (before: string): boolean => (before.replace(/\\./g, '').match(/"/g)?.length ?? 0) % 2 === 1
