/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { ShownKey } from '../../keys/index.ts'
import { ActionForm, Age, Field, Note, Panel, Submit, Table, Until } from '../parts/index.ts'
import type { Visit } from '../visit.ts'

export type KeyRow = ShownKey

/** A key that was just made. Its secret is told here and nowhere else. */
export type MadeKey = ShownKey & { readonly secret: string }

export const Made = ({ made }: { readonly made: MadeKey }) => (
  <Note kind="good">
    <p>
      The key <strong>{made.name}</strong> is made. This is its secret, which is shown once and stored nowhere:
    </p>
    <pre>
      <code id="secret">{made.secret}</code>
    </pre>
  </Note>
)

/** The fields of the form for a new key. */
export type KeyFields = { readonly name: string; readonly scopes: string; readonly ends: string }

export const NO_KEY_FIELDS: KeyFields = { name: '', scopes: 'read', ends: '' }

type KeysProps = {
  readonly keys: readonly KeyRow[]
  readonly damaged: readonly string[]
  readonly visit: Visit
  /** The fields of a form that was refused stay in it. */
  readonly fields: KeyFields
}

/** The keys of the API: a list, a form for a new one, and a way to revoke each. */
export const Keys = ({ keys, damaged, visit, fields }: KeysProps) => (
  <Panel id="keys" title="Keys" aside={`${keys.length}`}>
    {damaged.length > 0 && <Note kind="problem">These keys are damaged, and let nobody in: {damaged.join(', ')}</Note>}
    <Table
      caption="Keys of the API"
      head={['Name', 'May', 'Made', 'Ends', 'Revoke']}
      rows={keys.map(({ id, name, scopes, created, ends }) => [
        name,
        scopes.join(', '),
        created === undefined ? '' : <Age at={created} now={visit.now} />,
        ends === undefined ? 'never' : <Until at={ends} now={visit.now} />,
        id === 'API_KEY' ? (
          <span class="muted">a secret of the Worker</span>
        ) : (
          <ActionForm visit={visit} action="/console/settings" class="inline" label={`Revoke ${name}`}>
            <input type="hidden" name="step" value="revoke-key" />
            <input type="hidden" name="id" value={id} />
            <Submit look="danger">Revoke</Submit>
          </ActionForm>
        ),
      ])}
    />
    <h3>A new key</h3>
    <ActionForm visit={visit} action="/console/settings" label="A new key">
      <input type="hidden" name="step" value="create-key" />
      <Field id="key-name" label="Name">
        <input
          id="key-name"
          name="name"
          value={fields.name}
          required
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
      </Field>
      <div class="field wide">
        <label for="key-scopes">May</label>
        <input
          id="key-scopes"
          name="scopes"
          value={fields.scopes}
          required
          aria-describedby="key-scopes-help"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
        <p class="help" id="key-scopes-help">
          everything, read, health, resolve, pdns, zone:example.com, name:www.example.com, suffix:dev.example.com,
          acme:www.example.com
        </p>
      </div>
      <Field id="key-ends" label="Ends" help="90d, or a time; empty: never">
        <input id="key-ends" name="ends" value={fields.ends} aria-describedby="key-ends-help" autocomplete="off" />
      </Field>
      <Submit>Make the key</Submit>
    </ActionForm>
  </Panel>
)
