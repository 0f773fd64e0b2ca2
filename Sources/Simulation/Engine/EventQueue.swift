/// What will happen, ordered by time and then by the order of scheduling: a binary heap, so that
/// equal times never depend on anything but the run itself.
struct EventQueue<Event> {
    /// What the heap moves: events are large and stay where they are.
    private struct Entry {
        let time: Int64
        let sequence: UInt64
        let place: Int

        func isBefore(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : sequence < other.sequence
        }
    }

    private var heap: [Entry] = []
    private var events: [Event?] = []
    /// Places of events that have happened.
    private var free: [Int] = []
    private var scheduled: UInt64 = 0

    var count: Int { heap.count }

    /// Nanoseconds of the first event; nil when there is none.
    var nextTime: Int64? { heap.first?.time }

    mutating func add(_ event: Event, at time: Int64) {
        scheduled += 1
        heap.append(Entry(time: time, sequence: scheduled, place: keep(event)))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func keep(_ event: Event) -> Int {
        guard let place = free.popLast() else {
            events.append(event)
            return events.count - 1
        }
        events[place] = event
        return place
    }

    mutating func next() -> (time: Int64, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        free.append(first.place)
        return events[first.place].take().map { (first.time, $0) }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBefore(heap[smallest]) { smallest = child }
            }
            guard smallest != parent else { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
