/// Something that is not as a case wants it. The suite adds which case it was, and makes a failure of it.
struct Mismatch: Error {
    let expected: String
    let found: String
}
