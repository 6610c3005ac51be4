import TestSupport

/// How long an operation on real sockets may take before a test fails.
let patience = Patience.time
