/// Every case, in the order of reports.
let allCases: [ConformanceCase] = basicCases + zeroLengthCases + endOfStreamCases
