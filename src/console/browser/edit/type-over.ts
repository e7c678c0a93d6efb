import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'

/**
 * Replaces a selection by what is typed over it. A browser that does so keeps the look of what goes in a style
 * attribute, which the page's policy blocks, and says so on its console.
 */
export const typeOver: Extension = EditorView.domEventHandlers({
  beforeinput({ inputType, data, isComposing }, view) {
    const { from, to, empty } = view.state.selection.main
    if (inputType !== 'insertText' || data === null || isComposing || empty) return false
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true })
    const isHandled = view.state.facet(EditorView.inputHandler).some((handler) => handler(view, from, to, data, insert))
    if (!isHandled) view.dispatch(insert())
    return true
  },
})
