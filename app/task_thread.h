// Performs the tasks of live executions that reach outside, a few at a time, on threads of its own. A task that is lost
// with the process is wanted again by the restored execution.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/pipeline/effect.h"

namespace tocsin {

struct TaskAnswer {
  std::string execution;
  TaskToken token;
  TaskOutcome outcome;
};

class TaskThreads {
 public:
  // `perform` false: nothing reaches outside, every task is answered by an empty object. `answered` is called on
  // another thread when take_answers() has something.
  TaskThreads(bool perform, std::function<void()> answered);
  ~TaskThreads();  // gives up what is under way

  void run(RunTask task);
  std::vector<TaskAnswer> take_answers();
  std::size_t waiting() const;

 private:
  void work(const std::stop_token& stop);

  bool perform_;
  std::function<void()> answered_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<RunTask> waiting_;
  std::vector<TaskAnswer> answers_;
  std::vector<std::jthread> threads_;  // last: joined first
};

}  // namespace tocsin
