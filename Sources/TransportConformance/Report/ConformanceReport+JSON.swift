extension ConformanceReport {
    /// The report as a JSON object: the subject, and for every entry the case, driver, outcome and what there is to say.
    public var json: String {
        let entries = entries.map { entry in
            var fields = [
                ("case", entry.caseID), ("rule", entry.rule), ("driver", entry.driver.rawValue),
                ("outcome", entry.outcome.name),
            ]
            switch entry.outcome {
            case .passed: break
            case .notApplicable(let reason): fields.append(("reason", reason))
            case .failed(let failure): fields += [("expected", failure.expected), ("found", failure.found)]
            }
            return "{" + fields.map { "\(quoted($0)): \(quoted($1))" }.joined(separator: ", ") + "}"
        }
        return """
            {
              "subject": \(quoted(subject)),
              "entries": [
            \(entries.map { "    \($0)" }.joined(separator: ",\n"))
              ]
            }
            """
    }

    /// A text as a JSON string (RFC 8259, section 7).
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension ConformanceOutcome {
    /// The outcome in a word.
    fileprivate var name: String {
        switch self {
        case .passed: "passed"
        case .notApplicable: "notApplicable"
        case .failed: "failed"
        }
    }
}
