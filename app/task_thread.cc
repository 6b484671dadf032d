#include "app/task_thread.h"

#include <utility>

#include "app/task_runner.h"
#include "notifiers/curl_transport.h"

namespace tocsin {
namespace {

constexpr int kThreads = 4;

}  // namespace

TaskThreads::TaskThreads(bool perform, std::function<void()> answered)
    : perform_(perform), answered_(std::move(answered)) {
  for (int i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

TaskThreads::~TaskThreads() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void TaskThreads::run(RunTask task) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  changed_.notify_one();
}

std::vector<TaskAnswer> TaskThreads::take_answers() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

std::size_t TaskThreads::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void TaskThreads::work(const std::stop_token& stop) {
  TaskRunner runner(perform_ ? make_curl_transport() : nullptr);
  runner.stop_when([&stop] { return stop.stop_requested(); });
  while (true) {
    RunTask task;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    std::optional<TaskOutcome> outcome = runner.run(task.request);
    if (stop.stop_requested()) return;  // an answer of "interrupted" is no answer
    if (!outcome) continue;             // a task that never ends
    {
      const std::lock_guard lock(mutex_);
      answers_.push_back({std::move(task.execution), task.request.token, std::move(*outcome)});
    }
    answered_();
  }
}

}  // namespace tocsin
