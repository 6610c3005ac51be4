/// A moment as the calendar has it, in UTC (the proleptic Gregorian calendar, without leap seconds, as POSIX counts).
struct CivilTime {
    let year, month, day, hour, minute, second: Int

    init(secondsSince1970 seconds: Int64) {
        let (days, rest) = Self.divide(Int(seconds), 86_400)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
        // Years begin in March, so that a leap day is the last of its year; an era is 400 years, 146,097 days.
        let (era, dayOfEra) = Self.divide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `YYYYMMDDHHMMSSZ`, for years 0 to 9999.
    var digits: String {
        Self.padded(year, 4) + [month, day, hour, minute, second].map { Self.padded($0, 2) }.joined() + "Z"
    }

    /// `YYYY-MM-DDTHH:MM:SSZ` (RFC 3339), for years 0 to 9999.
    var text: String {
        let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
        return "\(date)T\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))Z"
    }

    private static func divide(_ number: Int, _ divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
