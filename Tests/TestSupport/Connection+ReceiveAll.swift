public import TransportCore

extension Connection {
    /// What is received up to the end of the stream.
    public func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try receive(atMost: 4096) { all += bytes }
        return all
    }

    /// Text of exactly so many bytes.
    public func receiveText(_ count: Int) throws -> String {
        String(decoding: try receiveExactly(count), as: UTF8.self)
    }
}
