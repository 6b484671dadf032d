// Performs the tasks that reach outside the engine. Without permission to send, they are answered by mocks, or by an
// empty object; with it, tocsin:http makes the request and waits for the answer. The engine's thread only.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "engine/base/time.h"
#include "engine/pipeline/engine.h"
#include "notifiers/transport.h"

namespace tocsin {

class TaskRunner : public ExternalTasks {
 public:
  // `transport` null: nothing is sent.
  explicit TaskRunner(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  // Mocks as JSON text: {"StateName": [{"returns": …} | {"raises": {"Error", "Cause"}}, …], …}; each is used once, the
  // last one again and again. Returns what is wrong with the text, or "".
  std::string load_mocks(std::string_view text);

  std::optional<TaskOutcome> run(const TaskRequest& request) override;

 private:
  TaskOutcome run_http(const TaskRequest& request);

  std::unique_ptr<Transport> transport_;
  std::map<std::string, std::deque<TaskOutcome>> mocks_;
};

}  // namespace tocsin
