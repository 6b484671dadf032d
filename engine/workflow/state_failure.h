// What a state reports when it cannot go on. Thrown by the evaluation of paths, templates and rules, and caught in one
// place, the interpreter, which turns it into history; it never leaves engine/workflow.
#pragma once

#include <string>
#include <utility>

namespace tocsin {

inline constexpr const char* kErrorAll = "States.ALL";
inline constexpr const char* kErrorRuntime = "States.Runtime";
inline constexpr const char* kErrorTimeout = "States.Timeout";
inline constexpr const char* kErrorTaskFailed = "States.TaskFailed";
inline constexpr const char* kErrorDataLimit = "States.DataLimitExceeded";
inline constexpr const char* kErrorNoChoice = "States.NoChoiceMatched";

struct StateFailure {
  std::string error;
  std::string cause;
  // A failure of the interpretation itself passes by Retry and Catch. One that a task or a Fail state reported does
  // not, not even where it bears the same name: a task's States.DataLimitExceeded was recorded as caught by States.ALL.
  bool catchable = false;
  // The cause gets the state's name and event id in front.
  bool cause_names_state = false;

  static StateFailure runtime(std::string cause) {
    return {.error = kErrorRuntime, .cause = std::move(cause), .catchable = false, .cause_names_state = true};
  }
  static StateFailure too_large(const std::string& what) {
    return {.error = kErrorDataLimit,
            .cause = "The state/task '" + what +
                     "' returned a result with a size exceeding the maximum number of bytes service limit."};
  }
};

}  // namespace tocsin
