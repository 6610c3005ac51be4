/// A sequence diagram in characters.
struct DiagramText {
    private let diagram: SequenceDiagram
    private let width: Int
    /// Where the lanes are.
    private let columns: [Int]
    private var lines: [String] = []

    init(_ diagram: SequenceDiagram, width: Int) {
        self.diagram = diagram
        self.width = max(40, width)
        let times = diagram.rows.map { row in
            switch row {
            case .arrow(let time, _, _, _, _), .mark(let time, _, _, _): time.count
            case .rule: 0
            }
        }
        // Half a name stands on the left of the first lane, and on the right of the last one.
        let left = min(self.width / 3, max((times.max() ?? 0) + 2, 6))
        let gaps = max(1, diagram.lanes.count - 1)
        let distance = max(4, (self.width - left - 8) / gaps)
        columns = diagram.lanes.indices.map { left + $0 * distance }
        draw()
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private mutating func draw() {
        lines.append(diagram.title)
        guard !columns.isEmpty else { return diagram.rows.forEach { add($0) } }
        drawNames()
        for row in diagram.rows { add(row) }
        lines.append(canvas().text)
    }

    private mutating func drawNames() {
        var names = Canvas(width: width)
        let room = max(3, (columns.count > 1 ? columns[1] - columns[0] : width) - 2)
        for (column, name) in zip(columns, diagram.lanes) {
            let shown = name.count > room ? name.prefix(room - 1) + "…" : name[...]
            names.put(String(shown), at: min(max(0, column - shown.count / 2), width - shown.count))
        }
        lines.append(names.text)
        lines.append(canvas().text)
    }

    private mutating func add(_ row: SequenceDiagram.Row) {
        switch row {
        case .rule(let label): addRule(label)
        case .mark(let time, let lane, let label, _): addMark(time, lane, label)
        case .arrow(let time, let from, let to, let label, let style):
            if from == to { addMark(time, from, label) } else { addArrow(time, from, to, label, style) }
        }
    }

    /// A line with the lanes in it.
    private func canvas(_ time: String = "") -> Canvas {
        var canvas = Canvas(width: width)
        for column in columns { canvas.put("│", at: column) }
        canvas.put(String(time.prefix((columns.first ?? width) - 1)), at: 0)
        return canvas
    }

    private mutating func addRule(_ label: String) {
        for line in SequenceDiagram.wrapped(label, to: width - 12) {
            var canvas = Canvas(width: width)
            let start = columns.first ?? 0
            canvas.put(String(repeating: "┄", count: width - start), at: start)
            canvas.put(" \(line) ", at: min(start + 3, width - line.count - 2))
            lines.append(canvas.text)
        }
    }

    /// A dot on the lane, and the text beside it: on the right, or on the left of the last lane.
    private mutating func addMark(_ time: String, _ lane: Int, _ label: String) {
        let isLast = lane == columns.count - 1 && lane > 0
        let next = lane + 1 < columns.count ? columns[lane + 1] : width
        let room = (isLast ? columns[lane] - columns[lane - 1] : next - columns[lane]) - 4
        for (index, line) in SequenceDiagram.wrapped(label, to: room).enumerated() {
            var canvas = canvas(index == 0 ? time : "")
            if index == 0 { canvas.put("●", at: columns[lane]) }
            canvas.put(line, at: isLast ? columns[lane] - 2 - line.count : columns[lane] + 2)
            lines.append(canvas.text)
        }
    }

    /// An arrow with the text in it, and above it what does not fit.
    private mutating func addArrow(
        _ time: String, _ from: Int, _ to: Int, _ label: String, _ style: SequenceDiagram.Style
    ) {
        let (left, right) = (columns[min(from, to)], columns[max(from, to)])
        let pieces = SequenceDiagram.wrapped(label, to: right - left - 6)
        for (index, piece) in pieces.enumerated() {
            var canvas = canvas(index == 0 ? time : "")
            if index == pieces.count - 1 {
                let line = style == .data ? "─" : style == .failure ? "╳" : "╌"
                canvas.put(String(repeating: line, count: right - left - 1), at: left + 1)
                canvas.put(from < to ? "├" : "◀", at: from < to ? left : left + 1)
                canvas.put(from < to ? "▶" : "┤", at: from < to ? right - 1 : right)
            } else {
                // Lanes in between do not go through the text.
                canvas.put(String(repeating: " ", count: right - left - 1), at: left + 1)
            }
            canvas.put(" \(piece) ", at: left + 2)
            lines.append(canvas.text)
        }
    }
}

/// A line of characters that are put where they belong.
private struct Canvas {
    private var characters: [Character]

    init(width: Int) { characters = Array(repeating: " ", count: width) }

    /// Puts a text at a position; what goes beyond the ends is left out.
    mutating func put(_ text: String, at position: Int) {
        for (offset, character) in text.enumerated() where characters.indices.contains(position + offset) {
            characters[position + offset] = character
        }
    }

    /// The line, without spaces at its end.
    var text: String {
        var line = characters[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }
}
