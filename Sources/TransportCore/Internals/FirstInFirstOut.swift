/// A queue that allocates nothing in the long run.
///
/// Inlinable, since it is of use only where the compiler knows what is in it: otherwise every call looks types up.
@usableFromInline
package struct FirstInFirstOut<Element> {
    @usableFromInline var elements: [Element?] = []
    @usableFromInline var start = 0
    @usableFromInline package internal(set) var count = 0

    @inlinable package init() {}

    @inlinable package var isEmpty: Bool { count == 0 }

    /// The element that has been in for longest.
    @inlinable package var first: Element? { count == 0 ? nil : elements[start] }

    @inlinable package mutating func append(_ element: Element) {
        if count == elements.count { grow() }
        var end = start + count
        if end >= elements.count { end -= elements.count }
        elements[end] = element
        count += 1
    }

    @inlinable package mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = elements[start]
        elements[start] = nil
        start += 1
        if start == elements.count { start = 0 }
        count -= 1
        return element
    }

    @usableFromInline mutating func grow() {
        elements = Array(elements[start...]) + elements[..<start] + [Element?](repeating: nil, count: max(4, count))
        start = 0
    }
}
