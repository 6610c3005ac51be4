/// Every case, in the order of reports.
let allCases: [ConformanceCase] =
    basicCases + zeroLengthCases + nonblockingCases + endOfStreamCases + closingCases + deadlineCases
    + concurrencyCases + vectoredCases + knowledgeCases + factCases + listeningCases + connectingCases
