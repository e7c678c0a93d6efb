/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx'
import type { Visit } from '../visit.ts'

type ActionFormProps = {
  readonly visit: Pick<Visit, 'formToken'>
  /** The path that acts on the form: that of its page, as a rule. */
  readonly action: string
  readonly label?: string
  readonly class?: string
  readonly children: Child
}

/** A form that changes something: it has the token of the session. */
export const ActionForm = ({ visit, action, label, class: look = 'fields', children }: ActionFormProps) => (
  <form method="post" action={action} class={look} aria-label={label}>
    <input type="hidden" name="token" value={visit.formToken} />
    {children}
  </form>
)

type FieldProps = {
  readonly id: string
  readonly label: string
  readonly help?: Child
  /** The control, whose id is the field's; `aria-describedby` of it is `<id>-help` if there is a help. */
  readonly children: Child
}

/** A control with its label, and what helps to fill it. */
export const Field = ({ id, label, help, children }: FieldProps) => (
  <div class="field">
    <label for={id}>{label}</label>
    {children}
    {help !== undefined && (
      <p class="help" id={`${id}-help`}>
        {help}
      </p>
    )}
  </div>
)

type SubmitProps = {
  readonly name?: string
  readonly value?: string
  readonly look?: 'plain' | 'danger' | undefined
  readonly children: Child
}

export const Submit = ({ name, value, look, children }: SubmitProps) => (
  <button type="submit" name={name} value={value} class={look}>
    {children}
  </button>
)
