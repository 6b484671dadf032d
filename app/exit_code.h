// Exit codes, the same for all commands. Scripts rely on them.
#pragma once

namespace tocsin {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;  // the world: a file that can't be read, a full disk
inline constexpr int kExitUsage = 2;
inline constexpr int kExitFailOn = 3;       // --fail-on matched
inline constexpr int kExitBadLines = 4;     // more bad lines than --max-bad-lines
inline constexpr int kExitUndelivered = 5;  // deliveries pending or dead after --wait-delivery
inline constexpr int kExitInvalidConfig = 78;
inline constexpr int kExitInterrupted = 130;  // SIGINT
inline constexpr int kExitTerminated = 143;   // SIGTERM

}  // namespace tocsin
