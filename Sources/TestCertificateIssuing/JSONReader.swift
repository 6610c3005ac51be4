internal import Foundation

/// A value in a JSON file, with where it stands, so that a complaint says what to change.
struct JSONReader {
    private let value: Any
    private let path: String

    init(_ data: Data, from file: String) throws {
        do {
            value = try JSONSerialization.jsonObject(with: data)
        } catch {
            throw Complaint("\(file) is no JSON: \(error.localizedDescription)")
        }
        path = "\(file):"
    }

    private init(_ value: Any, _ path: String) {
        self.value = value
        self.path = path
    }

    func complaint(_ text: String) -> Complaint { Complaint("\(path) \(text)") }

    /// The values of an object, by their names; others than these are refused, and so is what is no object.
    func object(allowing names: [String]? = nil) throws -> [String: JSONReader] {
        guard let object = value as? [String: Any] else { throw complaint("must be an object: { … }") }
        for name in object.keys.sorted() where names?.contains(name) == false {
            throw complaint("unknown key \"\(name)\"; known are \((names ?? []).joined(separator: ", "))")
        }
        return object.reduce(into: [:]) { $0[$1.key] = JSONReader($1.value, "\(path) \($1.key)") }
    }

    func text() throws -> String {
        guard let text = value as? String else { throw complaint("must be a text in quotation marks") }
        return text
    }

    func texts() throws -> [String] {
        guard let list = value as? [Any] else { throw complaint("must be a list of texts: [ … ]") }
        return try list.map { try JSONReader($0, path).text() }
    }

    func flag() throws -> Bool {
        guard let flag = value as? Bool else { throw complaint("must be true or false") }
        return flag
    }

    func number(_ range: ClosedRange<Int>) throws -> Int {
        guard let number = value as? Int, range.contains(number) else {
            throw complaint("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// What a text stands for.
    func choice<Value>(_ find: (String) -> Value?, of known: String) throws -> Value {
        let text = try text()
        guard let value = find(text) else { throw complaint("\"\(text)\" is unknown; there are \(known)") }
        return value
    }
}
