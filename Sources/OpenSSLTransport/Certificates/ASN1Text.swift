internal import COpenSSL

/// Strings and object identifiers of OpenSSL as Swift's.
enum ASN1Text {
    /// The bytes of a string, NULs and all.
    static func bytes(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        guard let string else { return [] }
        let length = max(0, Int(ASN1_STRING_length(string)))
        return Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: length))
    }

    /// The text of a string of any type.
    static func string(_ string: UnsafePointer<ASN1_STRING>?) -> String {
        guard let string else { return "" }
        var text: UnsafeMutablePointer<UInt8>?
        let length = ASN1_STRING_to_UTF8(&text, string)
        guard length >= 0 else {
            ERR_clear_error()
            return String(decoding: bytes(string), as: UTF8.self)
        }
        defer { CRYPTO_free(text, nil, 0) }
        return String(decoding: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self)
    }
}

/// Object identifiers of OpenSSL as text.
enum ObjectNumbers {
    /// The numbers with dots, such as "2.5.4.3".
    static func text(_ object: OpaquePointer?) -> String {
        // The length without the NUL; an identifier may be of any length.
        let length = OBJ_obj2txt(nil, 0, object, 1)
        guard length > 0 else { return "" }
        return String(unsafeUninitializedCapacity: Int(length) + 1) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                max(0, Int(OBJ_obj2txt(text.baseAddress, Int32(text.count), object, 1)))
            }
        }
    }
}
