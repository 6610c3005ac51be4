/// Every case, in the order of reports.
let allCases: [ConformanceCase] =
    basicCases + zeroLengthCases + nonblockingCases + endOfStreamCases + closingCases + deadlineCases
    + cancellingCases + concurrencyCases + vectoredCases + knowledgeCases + factCases + listeningCases
    + connectingCases + datagramCases + layerCases + simulationCases
