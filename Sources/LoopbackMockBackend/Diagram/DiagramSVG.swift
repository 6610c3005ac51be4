/// A sequence diagram in SVG.
struct DiagramSVG {
    private let diagram: SequenceDiagram
    private var body: [String] = []
    private var y = 84

    private let timeWidth = 110
    private let laneDistance: Int
    /// Characters between two lanes; the type is monospaced, 7.3 pixels each.
    private let roomForText: Int
    private let width: Int

    init(_ diagram: SequenceDiagram) {
        self.diagram = diagram
        laneDistance = diagram.lanes.count > 4 ? 260 : 380
        roomForText = (laneDistance - 24) * 10 / 73
        width = timeWidth + max(1, diagram.lanes.count - 1) * laneDistance + 110
        for row in diagram.rows { add(row) }
    }

    private func x(_ lane: Int) -> Int { timeWidth + lane * laneDistance }

    /// The whole file.
    var text: String {
        let height = y + 24
        let lanes = diagram.lanes.enumerated().map { index, name in
            """
            <line class="lane" x1="\(x(index))" y1="62" x2="\(x(index))" y2="\(height - 16)"/>
            <rect class="host" x="\(x(index) - 70)" y="34" width="140" height="28" rx="5"/>
            <text class="host" x="\(x(index))" y="53" text-anchor="middle">\(escaped(shortened(name, to: 18)))</text>
            """
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" role="img">
            <title>A conversation in an in-memory network, \(escaped(diagram.title))</title>
            <style>
            \(Self.style)
            </style>
            <rect class="page" width="\(width)" height="\(height)"/>
            <text class="time" x="12" y="20">\(escaped(diagram.title))</text>
            \((lanes + body).joined(separator: "\n"))
            </svg>

            """
    }

    private static let style = """
        text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; white-space: pre }
        text.time, text.note, text.rule { fill: #6e7781 } text.host { font-weight: bold } text.failure { fill: #cf222e }
        rect.page { fill: #ffffff } rect.host { fill: #eaeef2; stroke: #8c959f }
        line { stroke: #6e7781 } line.lane { stroke: #afb8c1 } line.arrow { stroke-width: 1.5 }
        line.connection, line.end { stroke-dasharray: 5 3 } line.rule { stroke: #afb8c1; stroke-dasharray: 2 4 }
        path, circle { fill: #6e7781 }
        line.data { stroke: #0969da } path.data { fill: #0969da }
        line.connection { stroke: #8250df } path.connection { fill: #8250df }
        line.failure { stroke: #cf222e } path.failure, circle.failure { fill: #cf222e }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 } text.time, text.note, text.rule { fill: #8d96a0 } text.failure { fill: #ff7b72 }
        rect.page { fill: #0d1117 } rect.host { fill: #21262d; stroke: #6e7681 } line.lane { stroke: #484f58 }
        line.data { stroke: #58a6ff } path.data { fill: #58a6ff }
        line.connection { stroke: #bc8cff } path.connection { fill: #bc8cff }
        line.failure { stroke: #ff7b72 } path.failure, circle.failure { fill: #ff7b72 }
        }
        """

    private mutating func add(_ row: SequenceDiagram.Row) {
        switch row {
        case .rule(let label):
            addText("rule", timeWidth + 8, label, room: (width - timeWidth - 24) * 10 / 73)
            let line = y - 14
            body.append("<line class=\"rule\" x1=\"\(timeWidth)\" y1=\"\(line)\" x2=\"\(width - 16)\" y2=\"\(line)\"/>")
            y += 8
        case .mark(let time, let lane, let label, let style): addMark(time, lane, label, style)
        case .arrow(let time, let from, let to, let label, let style):
            if from == to { addMark(time, from, label, style) } else { addArrow(time, from, to, label, style) }
        }
    }

    private mutating func addMark(_ time: String, _ lane: Int, _ label: String, _ style: SequenceDiagram.Style) {
        addTime(time)
        body.append("<circle class=\"\(style.rawValue)\" cx=\"\(x(lane))\" cy=\"\(y - 4)\" r=\"3.5\"/>")
        // The text of the last lane stands on its left, where there is room.
        let isLast = lane > 0 && lane == diagram.lanes.count - 1
        addText(
            style.rawValue, x(lane) + (isLast ? -10 : 10), label, room: roomForText, anchor: isLast ? "end" : "start"
        )
    }

    private mutating func addArrow(
        _ time: String, _ from: Int, _ to: Int, _ label: String, _ style: SequenceDiagram.Style
    ) {
        addTime(time)
        let room = (abs(x(to) - x(from)) - 24) * 10 / 73
        addText(style.rawValue, min(x(from), x(to)) + 12, label, room: room)
        let line = y - 14
        let back = from < to ? -9 : 9
        body.append(
            """
            <line class="arrow \(style.rawValue)" x1="\(x(from))" y1="\(line)" x2="\(x(to) + back)" y2="\(line)"/>
            <path class="\(style.rawValue)" d="M\(x(to)) \(line)l\(back) -4v8z"/>
            """
        )
        y += 8
    }

    private mutating func addTime(_ time: String) {
        guard !time.isEmpty else { return }
        body.append("<text class=\"time\" x=\"12\" y=\"\(y)\">\(escaped(time))</text>")
    }

    /// Puts a text in as many lines as it needs, and moves on below it.
    private mutating func addText(_ style: String, _ x: Int, _ text: String, room: Int, anchor: String = "start") {
        for line in SequenceDiagram.wrapped(text, to: room) {
            let anchor = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
            body.append("<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\"\(anchor)>\(escaped(line))</text>")
            y += 20
        }
    }

    private func shortened(_ name: String, to limit: Int) -> String {
        name.count > limit ? name.prefix(limit - 1) + "…" : name
    }

    /// A text in which nothing is taken for markup. Characters that XML does not have become a replacement character.
    private func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped += " "
            case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
