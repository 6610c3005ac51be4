#ifndef CDESCRIPTORLEDGER_H
#define CDESCRIPTORLEDGER_H

/// Counts what a process of tests has open at its end and had not at its beginning.
///
/// With the environment variable SWIFT_TRANSPORT_DESCRIPTORS, a file gets a line for each socket and pipe that is left, and one
/// line at the end that says how many there are. Tests run in parallel, so only the beginning and the end of the whole
/// process can be compared. Scripts/test does that.
///
/// Nothing has to be called: being linked is enough.
extern const int descriptor_ledger_is_linked;

#endif
