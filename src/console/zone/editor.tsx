/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import { TYPE } from '../../dns/index.ts'
import { MAX_CONSOLE_LIVE_CHARS, MAX_CONSOLE_ZONE_CHARS } from '../../limits.ts'
import { KINDS } from '../../policy/index.ts'
import { FUNCTION_NAMES } from '../../powerdns/index.ts'
import { ActionForm, IslandData, Submit } from '../parts/index.ts'
import type { Visit } from '../visit.ts'
import type { EditForm } from './editing.ts'
import { zonePath } from './paths.ts'

type EditorProps = {
  readonly visit: Visit
  readonly zone: string
  readonly form: EditForm
  readonly text: string
  /** The entity tag of the version that the text goes out from. */
  readonly etag: string
  /** The reason for the history, if one was given before. */
  readonly reason: string
}

/** The text of a zone: a plain field, which a script makes an editor of. */
export const Editor = ({ visit, zone, form, text, etag, reason }: EditorProps) => (
  <ActionForm visit={visit} action={zonePath(zone, 'edit')} class="editor" label="Edit the zone">
    <input type="hidden" name="etag" value={etag} />
    <input type="hidden" name="form" value={form} />
    <input type="hidden" name="reason" value={reason} />
    <label for="text">{form === 'zone' ? 'Zone file' : 'Zone document, JSON'}</label>
    {/* A browser leaves out the first line end of such a field. */}
    <textarea
      id="text"
      name="text"
      rows={24}
      spellcheck={false}
      autocapitalize="off"
      autocomplete="off"
      wrap="off"
      maxlength={MAX_CONSOLE_ZONE_CHARS}
    >
      {`\n${text}`}
    </textarea>
    <div id="editor" class="editor-frame" hidden />
    <p class="help" id="live" role="status" data-with-script hidden />
    <p class="help" data-with-script hidden>
      Errors are marked as you type. Ctrl+Space completes. Escape, then Tab leaves the editor.
    </p>
    <div class="inline">
      <Submit name="step" value="plan">
        Plan
      </Submit>
      <Submit name="step" value="check" look="plain">
        Check
      </Submit>
      <span class="muted">Nothing is published before you have seen the plan.</span>
    </div>
    <IslandData id="editor-data" value={islandOf(zone, form)} />
  </ActionForm>
)

/** Tells what the editor knows: it loads no code of ours. */
export type EditorData = {
  readonly zone: string
  readonly form: EditForm
  readonly liveChars: number
  readonly types: readonly string[]
  readonly kinds: readonly string[]
  readonly functions: readonly string[]
}

const islandOf = (zone: string, form: EditForm): EditorData => ({
  ...{ zone, form, liveChars: MAX_CONSOLE_LIVE_CHARS },
  types: [...Object.keys(TYPE), 'LUA'],
  kinds: KINDS,
  functions: [...FUNCTION_NAMES],
})
