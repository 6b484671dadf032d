// Performs the tasks that reach outside the engine. Without permission to send, they are answered by mocks, or by an
// empty object; with it, tocsin:http makes the request and waits for the answer. The engine's thread only.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "app/task_mocks.h"
#include "engine/base/time.h"
#include "engine/pipeline/engine.h"
#include "notifiers/transport.h"

namespace tocsin {

class TaskRunner : public ExternalTasks {
 public:
  // `transport` null: nothing is sent.
  explicit TaskRunner(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  // Mocks answer before anything is sent.
  void use(TaskMocks mocks) { mocks_ = std::move(mocks); }
  // Asked several times a second while an answer is waited for; true gives it up.
  void stop_when(std::function<bool()> stopped) { stopped_ = std::move(stopped); }

  std::optional<TaskOutcome> run(const TaskRequest& request) override;

 private:
  TaskOutcome run_http(const TaskRequest& request);

  std::unique_ptr<Transport> transport_;
  TaskMocks mocks_;
  std::function<bool()> stopped_;
};

}  // namespace tocsin
