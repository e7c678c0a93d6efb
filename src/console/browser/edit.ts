import type { EditorData } from '../zone/editor.tsx'
import { editorIn } from './edit/editor.ts'
import { dataOf } from './island.ts'

// Makes an editor of the field with the zone's text. The field stays in the form, and carries the text when that is
// sent.
const field = document.querySelector<HTMLTextAreaElement>('textarea#text')
const frame = document.querySelector<HTMLElement>('#editor')
// The styles of the editor are sheets of a shadow tree: a policy without 'unsafe-inline' allows no others.
if (field?.form && frame && 'adoptedStyleSheets' in Document.prototype) {
  const view = replaced(field, frame)
  const { doc } = view.state
  let isSent = false
  field.form.addEventListener('submit', () => {
    field.value = view.state.doc.toString()
    isSent = true
  })
  // Another page takes the text along in no form.
  addEventListener('beforeunload', (event) => {
    if (!isSent && !view.state.doc.eq(doc)) event.preventDefault()
  })
  addEventListener('pageshow', () => {
    isSent = false
  })
}

/**
 * Puts an editor in the place of a field. An editor measures itself, so the field, which may be large, must be hidden
 * by then.
 */
function replaced(field: HTMLTextAreaElement, frame: HTMLElement) {
  const label = field.labels[0]?.textContent ?? ''
  field.hidden = true
  frame.hidden = false
  try {
    return editorIn(frame, field.value, label, dataOf<EditorData>('editor-data'), (text) => {
      const live = document.getElementById('live')
      if (live) live.textContent = text
    })
  } catch (error) {
    frame.hidden = true
    field.hidden = false
    throw error
  }
}
