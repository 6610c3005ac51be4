internal import CSockets

extension RawRepresentable where RawValue == Int32 {
    /// A constant of the headers, or nil where the platform lacks it.
    init?(platform constant: Int32) {
        guard constant != csockets_absent else { return nil }
        self.init(rawValue: constant)
    }
}
