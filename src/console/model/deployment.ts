/** The body of `GET /api/v1/deployment`. */
export type Deployment = {
  readonly version: string
  readonly platform: 'edge' | 'workerd'
  readonly plan: 'free' | 'paid'
  readonly bindings: readonly {
    readonly name: string
    readonly bound: boolean
    readonly needed: boolean
    readonly purpose: string
  }[]
  readonly secrets: readonly { readonly name: string; readonly set: boolean; readonly purpose: string }[]
  readonly variables: readonly { readonly name: string; readonly value: string }[]
  readonly limits: { readonly probesPerRound: number; readonly kvWritesPerDay: number }
  readonly agents: readonly string[]
  readonly places: PlacesReport | null
  readonly problems: readonly string[]
}

export type PlacesReport =
  | {
      readonly put: string
      readonly bytes: number
      readonly sources: readonly string[]
      readonly fields: readonly string[]
    }
  | { readonly problem: string }
