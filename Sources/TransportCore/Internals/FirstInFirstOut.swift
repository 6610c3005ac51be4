/// A queue that allocates nothing in the long run.
package struct FirstInFirstOut<Element> {
    private var elements: [Element?] = []
    private var start = 0
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// The element that has been in for longest.
    package var first: Element? { count == 0 ? nil : elements[start] }

    package mutating func append(_ element: Element) {
        if count == elements.count { grow() }
        var end = start + count
        if end >= elements.count { end -= elements.count }
        elements[end] = element
        count += 1
    }

    package mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = elements[start]
        elements[start] = nil
        start += 1
        if start == elements.count { start = 0 }
        count -= 1
        return element
    }

    private mutating func grow() {
        elements = Array(elements[start...]) + elements[..<start] + [Element?](repeating: nil, count: max(4, count))
        start = 0
    }
}
