// Any definition is refused with reasons, or runs to an end and does so twice with the same history. The input is a
// definition, and after a line that begins with "%%" perhaps the input of the execution. Tasks echo, or fail by turns.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/workflow/execution.h"
#include "engine/workflow/history.h"

namespace {

using namespace tocsin;

std::string run(const StateMachine& machine, const std::string& input, bool tasks_fail) {
  Execution execution(machine, {.id = "exe_fuzz", .input = input});
  EventTime now;
  std::uint64_t turn = 0;
  while (execution.status() == ExecutionStatus::kRunning) {
    execution.advance(now);
    bool answered = false;
    for (const TaskRequest& request : execution.take_requests()) {
      answered = true;
      const bool fails = tasks_fail && ++turn % 3 != 0;
      execution.complete(request.token,
                         {.succeeded = !fails, .output = request.parameters, .error = fails ? "E" : "", .cause = {}},
                         now);
    }
    if (answered || execution.status() != ExecutionStatus::kRunning) continue;
    const std::optional<EventTime> timer = execution.next_timer();
    if (!timer) std::abort();  // neither tasks nor timers are left, but it is still running
    now = std::max(now, *timer);
  }
  if (execution.history().size() > kMaxHistoryEvents) std::abort();
  std::string text;
  for (const HistoryEvent& event : execution.history()) {
    if (event.previous >= event.id) std::abort();
    text +=
        std::to_string(event.previous) + " " + std::to_string(event.at.ms) + " " + event.type + event.details + "\n";
  }
  return text + execution.output() + execution.error() + execution.cause();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find("\n%%");
  const std::string_view definition = text.substr(0, cut);
  const std::string input = cut == std::string_view::npos ? "{}" : std::string(text.substr(cut + 3));
  Diagnostics diagnostics;
  const auto machine = StateMachine::parse("fuzz", definition, diagnostics);
  if ((machine == nullptr) != diagnostics.has_errors()) std::abort();
  if (machine == nullptr) return 0;
  for (const bool tasks_fail : {false, true}) {
    if (run(*machine, input, tasks_fail) != run(*machine, input, tasks_fail)) std::abort();
  }
  return 0;
}
