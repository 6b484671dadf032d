// ENSURE guards against our own mistakes. It is on in every build: a broken invariant must stop the program before it
// writes a wrong alarm. It is never used for what a user, a file or the network may do wrong.
#pragma once

namespace tocsin {

// Prints the condition with its place and aborts.
[[noreturn]] void ensure_failed(const char* condition, const char* file, int line);

}  // namespace tocsin

#define ENSURE(condition) ((condition) ? static_cast<void>(0) : ::tocsin::ensure_failed(#condition, __FILE__, __LINE__))
