import {
  CURSOR_SIDE,
  cellLengthOf,
  cellOf,
  cellsAcross,
  EVERYTHING,
  formatNetwork,
  holds,
  labelsOf,
  lettersOf,
  type MapData,
  type Network,
  networkAt,
  type Part,
  type Point,
  painted,
  parseNetwork,
  type Raster,
  rasterOf,
  SEVERAL,
  type Share,
  ShareNumbers,
  styleOf,
  zoomedIn,
  zoomedOut,
} from '../map/index.ts'
import { ask, tell } from './island.ts'
import { drawMarks } from './map-marks.ts'

/** The pixels along a side of the picture. */
const SIZE = 512

/** A map of a page. It draws each view when that is opened, and keeps it. */
export class HilbertMap {
  private readonly root: HTMLElement
  private readonly frame: HTMLElement
  private readonly marks: HTMLCanvasElement
  private readonly numbers: ShareNumbers
  private readonly data: MapData
  private readonly client: Network | undefined
  private readonly rasters = new Map<string, Raster>()
  private view: Network = EVERYTHING
  private raster: Raster | undefined
  private cursor: Point = { x: 0, y: 0 }
  private opened = 0

  constructor(root: HTMLElement, data: MapData) {
    this.root = root
    this.data = data
    this.frame = this.part('.map-frame')
    this.marks = this.part('.map-marks')
    this.numbers = new ShareNumbers(data.shares)
    this.client = data.client === null ? undefined : parseNetwork(`${data.client}/32`)
  }

  show(): void {
    const { frame, marks } = this
    frame.addEventListener('keydown', (event) => this.pressed(event))
    marks.addEventListener('pointermove', (event) => this.tellCell(this.networkUnder(event)))
    marks.addEventListener('pointerleave', () => this.tellCell(this.cursorNetwork))
    marks.addEventListener('click', (event) => {
      this.cursor = cellUnder(event, marks, CURSOR_SIDE)
      void this.zoomIn()
    })
    this.part('.map-in').addEventListener('click', () => void this.zoomIn())
    this.part('.map-out').addEventListener('click', () => void this.zoomOut())
    void this.open(EVERYTHING)
  }

  private pressed(event: KeyboardEvent): void {
    const step = STEPS[event.key]
    if (event.key === 'Enter') void this.zoomIn()
    else if (event.key === 'Escape') void this.zoomOut()
    else if (step) this.move(step)
    else return
    event.preventDefault()
  }

  private move([dx, dy]: readonly [number, number]): void {
    const within = (value: number): number => Math.min(CURSOR_SIDE - 1, Math.max(0, value))
    this.cursor = { x: within(this.cursor.x + dx), y: within(this.cursor.y + dy) }
    this.mark()
    tell(this.tellCell(this.cursorNetwork))
  }

  private async zoomIn(): Promise<void> {
    const view = zoomedIn(this.cursorNetwork)
    if (view) await this.open(view)
    else tell(this.tellCell(this.cursorNetwork))
  }

  private async zoomOut(): Promise<void> {
    const view = zoomedOut(this.view)
    if (view) await this.open(view)
  }

  /** Draws a view, and asks for it if that was not done before. */
  private async open(view: Network): Promise<void> {
    const text = formatNetwork(view)
    const turn = ++this.opened
    const raster = this.rasters.get(text) ?? (await this.read(view))
    if (!raster) return
    this.rasters.set(text, raster)
    // Somebody may have gone on while it was read.
    if (turn !== this.opened) return
    // The cursor stays where it came from, or goes to the client.
    const isWider = view.length < this.view.length
    const at = isWider
      ? this.view.start
      : this.client && holds(view, this.client.start)
        ? this.client.start
        : view.start
    this.cursor = cellOf(view, CURSOR_SIDE, at)
    this.view = view
    this.raster = raster
    const colours = this.part<HTMLCanvasElement>('.map-colours').getContext('2d')
    colours?.putImageData(new ImageData(painted(raster, SIZE), SIZE, SIZE), 0, 0)
    this.part('.map-view').textContent = view.length === 0 ? 'all of IPv4' : text
    this.mark()
    this.showLegend(raster)
    this.frame.dataset.view = text
    tell(`${view.length === 0 ? 'All of IPv4' : text} is shown. ${this.tellCell(this.cursorNetwork)}`)
  }

  private async read(view: Network): Promise<Raster | undefined> {
    const { source } = this.data
    if ('parts' in source) return rasterOf(view, this.numbers.networks(source.parts))
    const cell = this.part('.map-cell')
    cell.textContent = 'Loading…'
    const where = `within=${encodeURIComponent(formatNetwork(view))}&depth=${cellLengthOf(view)}`
    const reply = await ask<readonly Part[]>(`partition?${source.query}&${where}`)
    if (reply.ok) return rasterOf(view, this.numbers.networks(reply.value))
    cell.textContent = reply.error
    tell(reply.error)
    return undefined
  }

  private get cursorNetwork(): Network {
    return networkAt(this.view, CURSOR_SIDE, this.cursor)
  }

  private networkUnder(event: PointerEvent): Network {
    const across = cellsAcross(this.view)
    return networkAt(this.view, across, cellUnder(event, this.marks, across))
  }

  /** Says what a network's clients get, below the map; returns the text. */
  private tellCell(network: Network): string {
    const text = `${formatNetwork(network)}: ${this.textOf(network)}`
    this.part('.map-cell').textContent = text
    return text
  }

  private textOf(network: Network): string {
    if (!this.raster) return 'not known yet'
    const numbers = numbersIn(this.raster, this.view, network)
    const [only] = numbers
    if (numbers.size === 1 && only !== undefined && only !== SEVERAL) return this.shareText(only)
    const known = [...numbers].filter((number) => this.numbers.shares[number]).map(lettersOf)
    return known.length > 0 ? `several branches: ${known.join(', ')}` : 'several branches'
  }

  private shareText(number: number): string {
    const share = this.numbers.shares[number]
    if (!share) return this.data.otherwise
    const answers = answersText(share)
    return [`${lettersOf(number)}, ${share.branch}`, ...(answers === '' ? [] : [answers])].join(': ')
  }

  /** Returns an element of the map. */
  private part<E extends HTMLElement = HTMLElement>(selector: string): E {
    const found = this.root.querySelector<E>(selector)
    if (!found) throw new Error(`the map has no element ${selector}`)
    return found
  }

  private mark(): void {
    const { marks, view, raster, cursor, client } = this
    if (!raster) return
    const labels = labelsOf(raster).map(({ number, ...place }) => ({ ...place, text: lettersOf(number) }))
    const own = client && holds(view, client.start) ? cellOf(view, raster.across, client.start) : undefined
    drawMarks(marks, { across: raster.across, labels, cursor, own })
  }

  /** Lists the branches of a view. */
  private showLegend({ cells }: Raster): void {
    const numbers = [...new Set(cells)].filter((number) => this.numbers.shares[number]).sort((a, b) => a - b)
    this.part('.map-legend').replaceChildren(
      ...numbers.slice(0, MOST_LISTED).map((number) => {
        const { colour, stripes } = styleOf(number)
        const swatch = document.createElement('span')
        swatch.className = `swatch share-${colour} stripes-${stripes}`
        swatch.textContent = lettersOf(number)
        const item = document.createElement('li')
        item.append(swatch, ` ${this.numbers.shares[number]?.branch}`)
        return item
      }),
    )
  }
}

/** Branches that the legend lists. */
const MOST_LISTED = 40

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** Returns the numbers of all cells of a network, which is a square of the view. */
function numbersIn({ across, cells }: Raster, view: Network, network: Network): ReadonlySet<number> {
  const side = across / 2 ** ((network.length - view.length) / 2)
  const at = cellOf(view, across, network.start)
  const [left, top] = [at.x - (at.x % side), at.y - (at.y % side)]
  const numbers = new Set<number>()
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) numbers.add(cells[y * across + x] as number)
  }
  return numbers
}

function cellUnder(
  { offsetX, offsetY }: MouseEvent,
  { clientWidth, clientHeight }: HTMLElement,
  across: number,
): Point {
  const within = (value: number): number => Math.min(across - 1, Math.max(0, Math.floor(value * across)))
  return { x: within(offsetX / clientWidth), y: within(offsetY / clientHeight) }
}

/** Writes the answers of a branch, with their chances. */
function answersText({ answers, status = [] }: Share): string {
  const chance = (of: string | null): string => (of === '1' ? '' : ` ${of ?? 'with a chance that is not known'}`)
  const records = answers.map(({ data, probability }) => `${data}${chance(probability)}`)
  const ends = status.filter(({ ending }) => ending !== 'records')
  return [...records, ...ends.map((one) => `${one.status}, ${one.ending}${chance(one.probability)}`)].join('; ')
}
