// Stands between the library under test and OpenSSL, in the program of the tests: a function of OpenSSL is made to fail on
// the calling thread, to see that nobody overlooks it. Everything else goes on to OpenSSL.

#ifndef INTERPOSED_OPENSSL_H
#define INTERPOSED_OPENSSL_H

/// Lets a function fail on this thread from now on; NULL lets none.
///
/// `SSL_ctrl`, `SSL_CTX_ctrl` and `SSL_CTX_callback_ctrl` are told apart by their command: "SSL_ctrl 55".
void interposed_fail(const char *function);

/// How many calls have failed on this thread since interposed_fail.
int interposed_failures(void);

#endif
