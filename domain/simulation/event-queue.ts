/** What is waiting to be told, earliest first: a binary heap. */

export type Waiting = { at: number /** Breaks a tie: lower first. */; rank: number }

export type EventQueue<Entry extends Waiting> = {
  readonly size: number
  first(): Entry | undefined
  add(entry: Entry): void
  takeFirst(): Entry | undefined
}

export function eventQueue<Entry extends Waiting>(): EventQueue<Entry> {
  const heap: Entry[] = []
  const at = (index: number) => heap[index] as Entry

  function swap(one: number, other: number): void {
    const kept = at(one)
    heap[one] = at(other)
    heap[other] = kept
  }

  function rise(from: number): void {
    for (let index = from; index > 0; ) {
      const above = (index - 1) >> 1
      if (!isBefore(at(index), at(above))) return
      swap(index, above)
      index = above
    }
  }

  function sink(): void {
    for (let index = 0; ; ) {
      let first = index
      for (const below of [2 * index + 1, 2 * index + 2]) {
        if (below < heap.length && isBefore(at(below), at(first))) first = below
      }
      if (first === index) return
      swap(index, first)
      index = first
    }
  }

  return {
    get size() {
      return heap.length
    },
    first: () => heap[0],
    add(entry) {
      heap.push(entry)
      rise(heap.length - 1)
    },
    takeFirst() {
      const taken = heap[0]
      const last = heap.pop()
      if (last !== undefined && heap.length > 0) {
        heap[0] = last
        sink()
      }
      return taken
    },
  }
}

function isBefore(one: Waiting, other: Waiting): boolean {
  return one.at < other.at || (one.at === other.at && one.rank < other.rank)
}
