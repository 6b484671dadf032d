#include "app/delivery_thread.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <thread>

namespace tocsin {
namespace {

EventTime wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

// While nothing is under way, how long a new notification may wait to be noticed.
constexpr Period kPoll{20};

}  // namespace

struct DeliveryThread::State {
  std::vector<ContactPoint> contacts;
  std::mutex mutex;  // guards what follows up to `changed`
  std::deque<Notification> incoming;
  std::uint64_t pushed = 0;
  DeliveryCounts counts;
  std::map<std::string, DeliveryReport> failed;  // by contact point: the newest attempt, where it failed
  std::condition_variable changed;
  std::jthread thread;  // last: joined first

  void note(const DeliveryReport& report) {
    const std::lock_guard lock(mutex);
    if (report.decision.reason == DeliveryReason::kDelivered) {
      failed.erase(report.contact_point);
    } else {
      failed.insert_or_assign(report.contact_point, report);
    }
  }

  void run(const std::stop_token& stop) {
    const std::unique_ptr<Transport> transport = make_curl_transport();
    std::mt19937_64 generator(std::random_device{}());
    std::uniform_real_distribution<double> unit(0, 1);
    DeliveryQueue queue(contacts, *transport,
                        {.now = wall_now,
                         .random = [&] { return unit(generator); },
                         .on_attempt = [this](const DeliveryReport& report) { note(report); }});
    while (!stop.stop_requested()) {
      std::deque<Notification> taken;
      {
        std::unique_lock lock(mutex);
        if (incoming.empty() && queue.pending() == 0) {
          changed.wait_for(lock, std::chrono::milliseconds(kPoll.ms), [&] { return !incoming.empty(); });
        }
        taken.swap(incoming);
      }
      for (Notification& notification : taken) queue.push(std::move(notification));
      if (queue.pending() > 0) queue.run_once(kPoll);
      {
        const std::lock_guard lock(mutex);
        counts = {.delivered = queue.delivered(), .pending = queue.pending(), .dead = queue.dead()};
      }
      changed.notify_all();
    }
  }
};

DeliveryThread::DeliveryThread(std::vector<ContactPoint> contacts) : state_(std::make_unique<State>()) {
  state_->contacts = std::move(contacts);
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

DeliveryThread::~DeliveryThread() = default;

void DeliveryThread::push(Notification notification) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->incoming.push_back(std::move(notification));
    ++state_->pushed;
  }
  state_->changed.notify_all();
}

std::vector<std::string> DeliveryThread::failures() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> lines;
  for (const auto& [contact, report] : state_->failed) {
    const AttemptOutcome& outcome = report.outcome;
    lines.push_back(fmt::format("contact point '{}': attempt {} for {} failed ({}): {}", contact, report.attempt,
                                report.id, to_text(report.decision.reason),
                                outcome.status > 0 ? fmt::format("status {}", outcome.status) : outcome.error));
  }
  return lines;
}

DeliveryCounts DeliveryThread::wait(Period wait, const std::function<bool()>& interrupted) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait.ms);
  std::unique_lock lock(state_->mutex);
  // Counted from what was pushed, so that a notification on its way from `incoming` to the queue is never overlooked.
  const auto pending = [&] { return state_->pushed - state_->counts.delivered - state_->counts.dead; };
  while (pending() > 0 && std::chrono::steady_clock::now() < end && !interrupted()) {
    state_->changed.wait_for(lock, std::chrono::milliseconds(kPoll.ms));
  }
  DeliveryCounts counts = state_->counts;
  counts.pending = pending();
  return counts;
}

}  // namespace tocsin
